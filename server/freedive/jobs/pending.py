"""Pending: what the log's writer has still to do, and how it is done. event_log.py fills it and hands it over."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

DELETE_ROWS = 2000
"""Rows deleted in one go, so that deleting a long job does not keep others from being written."""


class Row(NamedTuple):
    """A job as the log stores it."""

    id: str
    state: str
    search: str
    document: str


class Pending:
    """What the writer has still to do."""

    def __init__(self) -> None:
        self.facts: list[tuple[int, int, int, str, int, bytes]] = []
        self.snapshots: dict[int, tuple[int, int, int, str, int, bytes]] = {}
        self.deletes: list[int] = []
        self.documents: dict[str, tuple[int, Row]] = {}
        self.jobs: list[int] = []

    def __bool__(self) -> bool:
        return bool(self.facts or self.snapshots or self.deletes or self.documents or self.jobs)


def transact(connection: sqlite3.Connection, batch: Pending) -> list[int]:
    """Write it in one transaction. Returns jobs of which rows are left to delete."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT OR REPLACE INTO frames VALUES (?, ?, ?, ?, ?, ?)",
        [*batch.facts, *batch.snapshots.values()],
    )
    connection.executemany("DELETE FROM frames WHERE id = ?", [(id,) for id in batch.deletes])
    connection.executemany(
        "INSERT INTO jobs (number, id, state, search, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
        "SET state = excluded.state, search = excluded.search, document = excluded.document",
        [(number, *row) for number, row in batch.documents.values()],
    )
    left = []
    for number in batch.jobs:
        connection.execute("DELETE FROM jobs WHERE number = ?", (number,))
        deleted = connection.execute(
            "DELETE FROM frames WHERE id IN (SELECT id FROM frames WHERE id > ? AND id < ? LIMIT ?)",
            (number << 32, (number + 1) << 32, DELETE_ROWS),
        ).rowcount
        if deleted == DELETE_ROWS:
            left.append(number)
    connection.execute("COMMIT")
    if batch.jobs:
        connection.execute("PRAGMA incremental_vacuum(2000)").fetchall()
    return left
