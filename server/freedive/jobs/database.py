"""The database file: schema, version, and the promise that only one server writes it. event_log.py reads and writes."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sqlite3
from pathlib import Path
from typing import IO

from freedive.catalog.private import FILE, FOLDER, make_folder, tighten
from freedive.errors import Unavailable

logger = logging.getLogger(__name__)

VERSION = 1
"""Raise it when the tables change, and say in `_check` what an older file needs."""

APPLICATION = 0x44495645
"""`DIVE`: tells our files from other SQLite files."""

TABLES = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    search TEXT NOT NULL,
    document TEXT NOT NULL
);
-- id is the job's number times 2^32 plus the first sequence number: a job lies together, in order, without an index.
CREATE TABLE frames (
    id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    snapshot INTEGER NOT NULL,
    key TEXT NOT NULL,
    step INTEGER NOT NULL,
    frame BLOB NOT NULL
);
CREATE INDEX snapshots ON frames (id, key, step) WHERE snapshot = 1;
CREATE TABLE facts_about_this_file (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class DataFolder:
    """A data folder that this process alone may write; `closed_well` says how the last one left it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "freedive.db"
        self._lock = _lock(folder)
        try:
            _keep_private(folder, self.path)
            connection = self.connect()
            try:
                self.closed_well = _prepare(connection, self.path)
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            self.close()
            raise (_full if "full" in str(error) else _unusable)(self.path, str(error)) from error
        except BaseException:
            self.close()
            raise

    def connect(self) -> sqlite3.Connection:
        """A connection for one thread; each statement is its own transaction unless BEGIN says otherwise."""
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        # FULL syncs at every commit, so that a failing machine loses no more than the last commit interval.
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def announce(self, url: str) -> None:
        """Leave a note for whoever finds the folder taken."""
        self._lock.seek(0)
        self._lock.truncate()
        json.dump({"pid": os.getpid(), "url": url}, self._lock)
        self._lock.flush()

    def close(self) -> None:
        """Let another process have it."""
        self._lock.close()


def _lock(folder: Path) -> IO[str]:
    path = folder / "lock"
    try:
        make_folder(folder)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE), "a+")
    except OSError as error:
        raise Unavailable(
            f"The data folder {folder} cannot be written: {error.strerror}.",
            position=str(folder),
            hint="Choose another one with --data-dir or FREEDIVE_DATA_DIR, or change its permissions.",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        note = file.read()
        file.close()
        try:
            there = dict(json.loads(note))
        except (ValueError, TypeError):  # it is about to write its note, or was ended while it did
            there = {}
        where = f" at {there['url']}" if there.get("url") else ""
        who = f" (process {there['pid']})" if there.get("pid") else ""
        raise Unavailable(
            f"Another Freedive{who} is using the data folder {folder} and serves{where or ' there'}.",
            position=str(folder),
            hint="Open that one, end it, or choose another folder with --data-dir.",
        ) from error
    return file


def _keep_private(folder: Path, database: Path) -> None:
    """Close to others what is open; what SQLite puts beside the database has the permissions of the database."""
    os.close(os.open(database, os.O_RDWR | os.O_CREAT, FILE))
    mended, left = tighten(folder)
    if mended:
        logger.info(
            "Files and folders in %s that others could read are for this account alone now: %d.",
            folder,
            mended,
        )
    if left:
        logger.warning("Others may read %s, and the permissions could not be changed.", left[0])
    if (mode := folder.stat().st_mode & 0o777) != FOLDER:
        logger.warning("%s holds other things too, so its permissions stay as they are: %o.", folder, mode)


def _prepare(connection: sqlite3.Connection, path: Path) -> bool:
    """Make the tables or check them; True where the last server closed the file in an orderly way."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if empty:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(
            f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
        )
        return True
    _check(path, application, version)
    connection.execute("PRAGMA journal_mode = WAL")
    row = connection.execute("SELECT value FROM facts_about_this_file WHERE name = 'closed'").fetchone()
    closed_well: bool = row == ("well",)
    connection.execute("DELETE FROM facts_about_this_file WHERE name = 'closed'")
    return closed_well


def _check(path: Path, application: int, version: int) -> None:
    if application != APPLICATION:
        raise _unusable(path, "it was not made by Freedive")
    if version > VERSION:
        raise Unavailable(
            f"The database {path} was written by a newer Freedive: its format is {version}, this one reads {VERSION}.",
            position=str(path),
            hint="Install the newer version again, or choose another folder with --data-dir. Nothing was changed.",
        )
    if version < VERSION:
        raise Unavailable(
            f"The database {path} was written by an older Freedive: its format is {version}, this one reads {VERSION}.",
            position=str(path),
            hint="Move the file away or choose another folder with --data-dir. Nothing was changed.",
        )


def _full(path: Path, why: str) -> Unavailable:
    return Unavailable(
        f"The database {path} cannot be opened: {why}.",
        position=str(path),
        hint="Make room on the disk, or choose a folder on another one with --data-dir. Nothing was changed.",
    )


def _unusable(path: Path, why: str) -> Unavailable:
    return Unavailable(
        f"The file {path} cannot be used as Freedive's database: {why}.",
        position=str(path),
        hint="Move it away, restore it from a copy, or choose another folder with --data-dir. Nothing was changed.",
    )
