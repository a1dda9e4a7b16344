"""The function tables: one row per operation with its kind, size rule, counterparts, example and one-line docs.

The rows build the torch namespace and methods, and they feed completion, docs on hover and the dialect switch alike.
"""

from __future__ import annotations

from typing import NamedTuple

from freedive.lab.tables import (
    activations,
    creation,
    elementwise,
    indexing,
    linear,
    losses,
    movement,
    networks,
    reductions,
)


class Row(NamedTuple):
    """One operation. `flags`: f function only, m method only, r takes callables, q is not traced."""

    name: str
    family: str
    kind: str
    rule: str
    flags: str
    others: dict[str, str]
    example: str
    en: str
    zh: str


def _read(family: str, table: str) -> list[Row]:
    rows = []
    for line in table.strip().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 8:
            raise ValueError(f"the {family} table wants 8 columns, this row has {len(parts)}: {line[:60]}")
        name, kind, rule, flags, others, example, en, zh = parts
        pairs = dict(pair.split(":", 1) for pair in others.split())
        rows.append(Row(name, family, kind, rule, flags, pairs, example, en, zh))
    return rows


_TABLES = {
    "creation": creation.TABLE, "random": creation.RANDOM, "elementwise": elementwise.TABLE,
    "comparison": elementwise.COMPARISON, "movement": movement.TABLE, "join": movement.JOIN,
    "indexing": indexing.TABLE, "reduction": reductions.TABLE, "linear": linear.TABLE,
    "activation": activations.TABLE, "loss": losses.TABLE, "network": networks.TABLE,
}  # fmt: skip

FAMILIES: dict[str, list[Row]] = {family: _read(family, table) for family, table in _TABLES.items()}
"""All rows by family."""

ROWS: dict[str, Row] = {row.name: row for rows in FAMILIES.values() for row in rows}
"""All rows by name; where two families share a name the later one holds."""


def counterparts(dialect: str) -> dict[str, Row]:
    """Rows by what another library calls them (np, tf, mx, keras), whole path and last name alike.

    A name alone proves nothing: `np.repeat` is torch's `repeat_interleave`. Of several rows that one name stands for, the one
    with the same name of its own comes first, then the first of the tables.
    """
    found: dict[str, Row] = {}
    for rows in FAMILIES.values():
        for row in rows:
            other = row.others.get(dialect)
            if other is None:
                continue
            for name in (other, other.rpartition(".")[2]):
                known = found.get(name)
                if known is None or (known.name != name and row.name == name):
                    found[name] = row
    return found
