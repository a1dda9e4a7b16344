"""What catalog tests share: a store in a fresh folder, one valid example of every entry, and scripts that run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code
from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.store import DataStore

from .web import Web, serve

# Entries that cannot be made from defaults alone.
NEEDED: dict[str, dict[str, Any]] = {
    "drawn": {"points": [(i % 7 - 3, i % 5 - 2, i % 2) for i in range(60)]},
}

HOMES = b"size,rooms,city,price\n" + b"".join(
    b"%d.5,%s,%s,%d\n"
    % (40 + i, b"" if i % 9 == 0 else b"%d" % (i % 5 + 1), [b"Oslo", b"Rome"][i % 2], 900 * i + 7)
    for i in range(60)
)


@pytest.fixture
def store(tmp_path: Path) -> DataStore:
    """A store that never goes to the network."""
    return DataStore(tmp_path / "data", offline=True)


def example(entry: type[Choice], store: DataStore, **fields: Any) -> Any:
    """An entry with its defaults, and what it cannot do without."""
    kind = entry.model_fields["kind"].default
    needed = NEEDED.get(kind, {})
    if kind == "table":
        needed = {"upload": uploads.save(store, HOMES, "homes.csv").id}
    return entry.model_validate({**needed, **fields})


def run_code(code: Code, **names: Any) -> Any:
    """What the expression of a script gives, in a namespace without Freedive."""
    text = "\n\n".join([*code.imports, *code.definitions])
    assert not re.search(r"(import|from) freedive", text + code.expression)
    exec(compile(text, "<script>", "exec"), names)
    return eval(compile(code.expression, "<expression>", "eval"), names)


@pytest.fixture
def web() -> Iterator[Web]:
    """A server on loopback."""
    with serve() as web:
        yield web
