"""Pending: what the log's writer has still to do, and how it is done. event_log.py fills it and hands it over."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import NamedTuple

from freedive.jobs.tail import Tail

DELETE_ROWS = 2000
"""Rows deleted in one go, so that deleting a long job does not keep others from being written."""


class Row(NamedTuple):
    """A job as the log stores it."""

    id: str
    state: str
    search: str
    document: str


class Deleted(NamedTuple):
    """A job that was deleted, as it was."""

    job: str
    number: int
    tail: Tail | None


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

    def put_before(self, newer: Pending) -> None:
        """Become what is to be done where this could not be, followed by what came since."""
        self.facts += newer.facts
        self.snapshots |= newer.snapshots
        for id in newer.deletes:
            if self.snapshots.pop(id, None) is None:
                self.deletes.append(id)
        self.documents |= newer.documents
        self.jobs += newer.jobs


def transact(connection: sqlite3.Connection, batch: Pending) -> list[int]:
    """Write it in one transaction. Returns jobs of which rows are left to delete."""
    connection.execute("BEGIN IMMEDIATE")
    left = []
    gone = set(batch.jobs)
    for number in batch.jobs:  # first, so that there is room for the rest
        connection.execute("DELETE FROM jobs WHERE number = ?", (number,))
        deleted = connection.execute(
            "DELETE FROM frames WHERE id IN (SELECT id FROM frames WHERE id > ? AND id < ? LIMIT ?)",
            (number << 32, (number + 1) << 32, DELETE_ROWS),
        ).rowcount
        if deleted == DELETE_ROWS:
            left.append(number)
    connection.executemany(
        "INSERT OR REPLACE INTO frames VALUES (?, ?, ?, ?, ?, ?)",
        [row for row in (*batch.facts, *batch.snapshots.values()) if row[0] >> 32 not in gone],
    )
    connection.executemany("DELETE FROM frames WHERE id = ?", [(id,) for id in batch.deletes])
    connection.executemany(
        "INSERT INTO jobs (number, id, state, search, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
        "SET state = excluded.state, search = excluded.search, document = excluded.document",
        [(number, *row) for number, row in batch.documents.values() if number not in gone],
    )
    connection.execute("COMMIT")
    if batch.jobs:
        with contextlib.suppress(sqlite3.Error):  # it gives room back, and needs some; another time will do
            connection.execute("PRAGMA incremental_vacuum(2000)").fetchall()
    return left
