"""The shape of the package: imports point down the tree, the web process loads no torch, modules stay small and named."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "server/freedive"

# From the edge down, as README draws it. A part imports parts below it, never above.
LAYERS = ["app", "api", "jobs", "executors", "sandbox", "training", "lab", "lessons", "catalog"]
# Said by all: the words on the wire, the exception tree, the knobs.
SHARED = {"protocol", "errors", "settings"}
# What a person starts or imports: joins everything, and nothing inside imports it.
ENTRANCES = {"cli", "__main__", "__init__", "client"}

# What takes long to load, so that only workers may.
HEAVY = {"torch", "torchmetrics", "sklearn", "pandas", "scipy", "ray"}
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "core", "manager", "managers"}
LONGEST = 400


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path.relative_to(PACKAGE)))


def name_of(path: Path) -> str:
    """catalog/datasets/xor.py as catalog.datasets.xor; a package by its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module of ours that this one names anywhere, without the leading `freedive.`, with its line."""
    package = ["freedive", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            targets = [f"{module}.{alias.name}" for alias in node.names] if module == "freedive" else [module]
        else:
            continue
        for target in targets:
            if target.startswith("freedive."):
                yield target.removeprefix("freedive."), node.lineno


def refusal(importer: str, imported: str) -> str | None:
    """Why `importer` may not import `imported`, or None."""
    above, below = importer.split(".")[0], imported.split(".")[0]
    if above == below or above in ENTRANCES or below == "__version__":
        return None
    if below in ENTRANCES:
        return f"{below} is an entrance; nothing inside may import it"
    if above in SHARED:
        if importer == "protocol.specs" and below == "catalog":
            return None  # a spec is made of catalog entries
        return (
            None
            if below in SHARED and above != "protocol"
            else "protocol, errors and settings stand on nothing of ours"
        )
    if below in SHARED:
        return None
    unknown = [part for part in (above, below) if part not in LAYERS]
    if unknown:
        return f"{unknown[0]} has no place in LAYERS: give it one, here and in README's tree"
    return None if LAYERS.index(above) < LAYERS.index(below) else f"{below} lies above {above}"


def test_imports_point_down() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name_of(path)} imports {imported}: {why}"
        for path in modules()
        for imported, line in imports(path)
        if (why := refusal(name_of(path), imported))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("jobs.service", "api.jobs"),
        ("catalog.datasets.xor", "training.loop"),
        ("protocol.events", "catalog.datasets"),
        ("protocol.events", "errors"),
        ("training.loop", "cli"),
        ("training.loop", "elsewhere"),
    ],
)
def test_an_import_that_points_up_is_refused(importer: str, imported: str) -> None:
    assert refusal(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("api.jobs", "jobs.service"),
        ("training.loop", "catalog.models"),
        ("protocol.specs", "catalog.datasets"),
        ("cli", "training.loop"),
        ("catalog.models.mlp", "errors"),
    ],
)
def test_an_import_that_points_down_is_fine(importer: str, imported: str) -> None:
    assert refusal(importer, imported) is None


def test_relative_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    module = tmp_path / "jobs/log.py"
    module.parent.mkdir()
    module.write_text(
        "from . import service\nfrom ..api import stream\nfrom .. import app\nimport freedive.lab.parser\n"
    )
    assert [name for name, _ in imports(module)] == ["jobs", "api", "app", "lab.parser"]


def test_the_web_process_loads_no_torch() -> None:
    """Starting the server must not wait for torch and what stands on it: only workers load them."""
    code = (
        "import json, sys, freedive, freedive.app, freedive.cli, freedive.__main__\n"
        "from freedive.settings import Settings\n"
        "freedive.app.create_app(Settings()).openapi()\n"
        "print(json.dumps(sorted(name for name in sys.modules if '.' not in name)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    assert "fastapi" in loaded
    assert not loaded & HEAVY


def test_modules_stay_small() -> None:
    long = {path: len(path.read_text().splitlines()) for path in modules()}
    unexplained = [
        f"{path.relative_to(ROOT)}: {lines} lines; split it by noun, or say in its docstring why it is over {LONGEST}"
        for path, lines in long.items()
        if lines > LONGEST and str(LONGEST) not in (ast.get_docstring(parse(path)) or "")
    ]
    assert not unexplained, "\n".join(unexplained)


def test_every_module_says_what_it_is() -> None:
    silent = [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(parse(path))]
    assert not silent


def test_names_say_what_is_inside() -> None:
    sources = [*PACKAGE.rglob("*"), *(ROOT / "frontend/src").rglob("*")]
    drawers = [
        str(path.relative_to(ROOT)) for path in sources if path.name.split(".")[0].lower() in FORBIDDEN
    ]
    assert not drawers


def test_the_tree_in_readme_is_the_tree() -> None:
    """Each line of the tree in README names files and folders; all exist. Names stand before two spaces or the end."""
    readme = (ROOT / "README.md").read_text()
    tree = re.search(r"^```\n(pyproject\.toml.*?)^```", readme, re.S | re.M)
    assert tree, "README.md has no block of code that begins with pyproject.toml: the annotated tree"
    missing, folders = [], [ROOT]
    for line in tree[1].splitlines():
        names = re.match(r"( *)(\S+(?: \S+)*)", line)
        if not names:
            continue
        depth = len(names[1]) // 2
        del folders[depth + 1 :]
        for name in names[2].split(" "):
            if not (folders[depth] / name).exists():
                missing.append(
                    f"{line.strip()!r}: {(folders[depth] / name).relative_to(ROOT)} does not exist"
                )
        first = folders[depth] / names[2].split(" ")[0]
        folders.append(first)
    assert not missing, "\n".join(missing)
