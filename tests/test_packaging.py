"""The build hook: what counts as stale, what it checks of MNIST, what it says when it cannot; and what wheel and sdist hold."""

from __future__ import annotations

import ast
import gzip
import hashlib
import importlib.util
import json
import re
import shutil
import sys
import time
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from freedive.catalog.datasets.mnist import Mnist

ROOT = Path(__file__).resolve().parent.parent


def load_hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "frontend/hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["hatch_build"] = module
    spec.loader.exec_module(module)
    return module


hook = load_hook()

TINY = {name: f"content of {name}".encode() for name in hook.MNIST}
TINY_SUMS = {name: hashlib.sha256(content).hexdigest() for name, content in TINY.items()}


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def write_lock(path: Path, **versions: str) -> None:
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    write(path, json.dumps({"packages": packages}))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in small: the real settings of the build, a page and data as if built, and things to leave out."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("pyproject.toml", ".gitignore", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    write(root / "frontend/hatch_build.py", (ROOT / "frontend/hatch_build.py").read_text())
    write(root / "frontend/index.html", "<title>source</title>")
    write(root / "frontend/src/main.ts", "export {};")
    write_lock(root / "frontend/package-lock.json", svelte="5.0.0")
    write(root / "frontend/node_modules/svelte/index.js", "not ours")
    write(root / "server/freedive/__init__.py", '"""Freedive in small."""')
    write(root / "server/freedive/__pycache__/stale.pyc", "")
    write(root / "server/freedive/static/index.html", "<title>built</title>")
    write(root / "server/freedive/static/assets/index.js", "")
    write(root / "server/freedive/static/.digest", hook.digest(root / "frontend"))
    for name, content in TINY.items():
        write(root / "tiny" / name).write_bytes(content)
    hook.pack_mnist(root / "tiny", hook.mnist_folder(root), TINY_SUMS)
    shutil.rmtree(root / "tiny")
    return root


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"npm was called: {arguments}")

    monkeypatch.setattr(hook, "npm", refuse)


# Stale or fresh


def test_a_built_checkout_is_fresh_and_is_left_alone(checkout: Path, no_npm: None) -> None:
    before = {path: path.stat().st_mtime_ns for path in checkout.rglob("*")}
    hook.prepare(checkout)
    assert {path: path.stat().st_mtime_ns for path in checkout.rglob("*")} == before


@pytest.mark.parametrize(
    "change", ["src/main.ts", "src/panels/New.svelte", "package-lock.json", "vite.config.ts"]
)
def test_a_changed_or_new_source_makes_the_page_stale(checkout: Path, change: str) -> None:
    write(checkout / "frontend" / change, "changed")
    assert not hook.page_is_fresh(checkout)


def test_a_removed_or_renamed_source_makes_the_page_stale(checkout: Path) -> None:
    (checkout / "frontend/src/main.ts").rename(checkout / "frontend/src/other.ts")
    assert not hook.page_is_fresh(checkout)


@pytest.mark.parametrize(
    "change", ["node_modules/a/index.js", ".cache/x", "src/__pycache__/x.pyc", "openapi.json"]
)
def test_what_the_page_is_not_built_from_does_not(checkout: Path, change: str) -> None:
    write(checkout / "frontend" / change, "changed")
    assert hook.page_is_fresh(checkout)


@pytest.mark.parametrize("lost", [".digest", "index.html"])
def test_a_page_that_was_not_finished_is_stale(checkout: Path, lost: str) -> None:
    (hook.static_folder(checkout) / lost).unlink()
    assert not hook.page_is_fresh(checkout)


def test_node_is_asked_for_only_if_there_is_work_and_no_node(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "has_node", lambda: False)
    assert hook.requirements(checkout) == []
    write(checkout / "frontend/src/main.ts", "changed")
    assert hook.requirements(checkout) == [hook.NODE_FROM_PYPI]
    monkeypatch.setattr(hook, "has_node", lambda: True)
    assert hook.requirements(checkout) == []


def test_the_way_out_needs_nothing_and_does_nothing(
    checkout: Path, no_npm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "has_node", lambda: False)
    monkeypatch.setenv("FREEDIVE_SKIP_FRONTEND", "1")
    shutil.rmtree(hook.static_folder(checkout))
    hook.prepare(checkout)
    assert hook.requirements(checkout) == []
    assert not hook.static_folder(checkout).exists()


def test_a_stale_page_is_built_once_and_its_packages_are_kept(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(hook, "npm", lambda frontend, *arguments: calls.append(arguments))
    write_lock(checkout / "frontend/node_modules/.package-lock.json", svelte="5.0.0")
    write(checkout / "frontend/src/main.ts", "changed")
    hook.prepare(checkout)
    hook.prepare(checkout)
    assert calls == [("run", "build")]


@pytest.mark.parametrize(
    ("present", "match"), [({"svelte": "5.0.0"}, True), ({"svelte": "4.9.9"}, False), ({}, False)]
)
def test_packages_are_compared_with_the_lock_file(
    checkout: Path, present: dict[str, str], match: bool
) -> None:
    frontend = checkout / "frontend"
    assert not hook.packages_match(frontend)
    write_lock(frontend / "node_modules/.package-lock.json", **present)
    assert hook.packages_match(frontend) is match


# MNIST


def test_packed_files_decode_to_what_was_checked(checkout: Path) -> None:
    folder = hook.mnist_folder(checkout)
    assert hook.mnist_is_fresh(folder)
    assert {name: gzip.decompress((folder / f"{name}.gz").read_bytes()) for name in TINY} == TINY


def test_a_wrong_file_is_refused_with_both_sums(tmp_path: Path) -> None:
    for name in TINY:
        write(tmp_path / "data" / name, "something else")
    with pytest.raises(hook.CannotBuild) as refusal:
        hook.pack_mnist(tmp_path / "data", tmp_path / "packed", TINY_SUMS)
    first = next(iter(TINY))
    assert TINY_SUMS[first] in str(refusal.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(refusal.value)
    assert not list((tmp_path / "packed").iterdir())


def test_a_damaged_or_missing_packed_file_is_stale(checkout: Path) -> None:
    packed = hook.mnist_folder(checkout) / "t10k-labels-idx1-ubyte.gz"
    packed.write_bytes(packed.read_bytes() + b"x")
    assert not hook.mnist_is_fresh(hook.mnist_folder(checkout))
    packed.unlink()
    assert not hook.mnist_is_fresh(hook.mnist_folder(checkout))


def test_build_and_dataset_expect_the_same_files() -> None:
    assert Mnist.sha256 == hook.MNIST


def test_the_packed_set_is_mnist_and_decodes_in_a_second() -> None:
    folder = hook.mnist_folder(ROOT)
    if not folder.exists():
        pytest.skip("MNIST is not packed here (FREEDIVE_SKIP_FRONTEND)")
    began = time.process_time()
    decoded = {name: gzip.decompress((folder / f"{name}.gz").read_bytes()) for name in hook.MNIST}
    assert time.process_time() - began < 1
    assert {name: hashlib.sha256(content).hexdigest() for name, content in decoded.items()} == hook.MNIST
    assert len(decoded["train-images-idx3-ubyte"]) == 16 + 60_000 * 28 * 28


# When it cannot


def test_without_npm_it_says_what_to_install(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert not hook.has_node()
    write(checkout / "frontend/src/main.ts", "changed")
    with pytest.raises(hook.CannotBuild, match=r"needs node 20\.19 or newer .* FREEDIVE_SKIP_FRONTEND=1"):
        hook.prepare(checkout)


@pytest.mark.parametrize(
    ("version", "enough"), [("v20.19.0", True), ("v24.1.0", True), ("v18.20.4", False), ("", False)]
)
def test_an_old_node_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, enough: bool
) -> None:
    for name in ("node", "npm"):
        write(tmp_path / name, f"#!/bin/sh\necho {version}\n").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hook.has_node() is enough


def test_an_npm_that_fails_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "npm", "#!/bin/sh\nexit 3\n").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        hook.CannotBuild, match=r"`npm ci` failed with exit code 3.*cannot reach its registry"
    ):
        hook.npm(tmp_path, "ci")


@pytest.mark.parametrize(("set_by_user", "passed_on"), [(None, "/pip.pem"), ("/mine.pem", "/mine.pem")])
def test_npm_gets_time_limits_and_the_certificates_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_by_user: str | None, passed_on: str
) -> None:
    write(tmp_path / "npm", '#!/bin/sh\necho "$NODE_EXTRA_CA_CERTS $npm_config_fetch_timeout" >seen\n').chmod(
        0o755
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_CERT", "/pip.pem")
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    monkeypatch.delenv("npm_config_fetch_timeout", raising=False)
    if set_by_user:
        monkeypatch.setenv("NODE_EXTRA_CA_CERTS", set_by_user)
    hook.npm(tmp_path, "ci")
    assert (tmp_path / "seen").read_text().split() == [passed_on, "30000"]


# What pip installs


def imported() -> set[str]:
    """The top names of all that the package imports and that is neither its own nor Python's."""
    names: set[str] = set()
    for path in (ROOT / "server/freedive").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"freedive"}


def test_what_is_imported_is_asked_for_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked_for = {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}
    providers = packages_distributions()
    used = {name: {found.lower() for found in providers.get(name, [name])} for name in imported()}
    del used["starlette"]  # what fastapi is made of; its versions are fastapi's choice
    assert not {name for name, found in used.items() if not found & asked_for}, (
        "imported, but not in pyproject.toml"
    )
    assert not asked_for - set().union(*used.values()), "in pyproject.toml, but never imported"


# What is in them

BUILT = [
    "static/index.html",
    "static/assets/index.js",
    "static/.digest",
    "catalog/datasets/data/mnist/.digest",
    *(f"catalog/datasets/data/mnist/{name}.gz" for name in hook.MNIST),
]


def test_the_wheel_holds_the_package_with_page_and_data_and_nothing_else(checkout: Path) -> None:
    files = {file.distribution_path for file in WheelBuilder(str(checkout)).recurse_included_files()}
    assert files == {f"freedive/{name}" for name in ["__init__.py", *BUILT]}


def test_the_sdist_holds_what_installs_without_node(checkout: Path) -> None:
    files = {
        file.relative_path.replace("\\", "/") for file in SdistBuilder(str(checkout)).recurse_included_files()
    }
    assert {f"server/freedive/{name}" for name in BUILT} <= files
    assert {"LICENSE", "frontend/hatch_build.py", "frontend/src/main.ts"} <= files
    assert not [name for name in files if "node_modules" in name or "__pycache__" in name]


def test_an_unpacked_sdist_is_fresh(checkout: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    for file in SdistBuilder(str(checkout)).recurse_included_files():
        target = unpacked / file.relative_path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file.path, target)
    assert hook.page_is_fresh(unpacked)
    assert hook.mnist_is_fresh(hook.mnist_folder(unpacked))
