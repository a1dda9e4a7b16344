"""EventLog: what jobs said, append-only, as the frames that sockets send. service.py appends, everyone reads.

One thread writes to SQLite (WAL) and commits in batches; whoever asks for what is in memory is answered from there.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from freedive.errors import NotFound
from freedive.jobs.database import DataFolder
from freedive.jobs.pending import Deleted, Pending, Row, transact
from freedive.jobs.tail import MESSAGE_BYTES, Entry, Message, Tail, joined
from freedive.protocol.chunks import Chunk, unframe

logger = logging.getLogger(__name__)


SNAPSHOT_SECONDS = 1.0
"""Snapshots reach the disk this often: most are superseded before, and are never written."""
LOST_AT_MOST = 1_000_000
"""Sequence numbers skipped after a crash, so that no reader's cursor is ahead of a log that lost its last moment."""
TAILS = 256
"""Jobs whose tails stay in memory."""
RETRY_SECONDS = 2.0
"""Between attempts while the disk refuses."""


class EventLog:
    """Appending and reading are safe from any thread; neither waits for the disk unless history is asked for."""

    def __init__(
        self, folder: DataFolder, *, commit_seconds: float = 0.1, snapshot_frames: int = 120
    ) -> None:
        self.folder = folder
        self.trouble: str | None = None
        """Why nothing can be written at present, as SQLite says it."""
        self.on_trouble: Callable[[str | None], None] = lambda trouble: None
        """Called from the writer's thread when trouble begins and when it ends."""
        self._commit_seconds = commit_seconds
        self._limit = snapshot_frames
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._pending = Pending()
        self._writing = Pending()
        """What the writer took and has not committed yet."""
        self._sleeping = False
        self._tails: OrderedDict[str, Tail] = OrderedDict()
        self._numbers: dict[str, int] = {}
        self._asked = 0
        self._done = 0
        self._refused = 0
        """Numbers of flushes: the last one asked for, carried out, and answered in vain."""
        self._closing = False
        self._connections: list[sqlite3.Connection] = []
        self._local = threading.local()
        reader = self._reader()
        self._next_number = 1 + max(
            reader.execute("SELECT coalesce(max(number), 0) FROM jobs").fetchone()[0],
            reader.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence").fetchone()[0],
        )
        self._writer = threading.Thread(target=self._write, name="event-log", daemon=True)
        self._writer.start()

    # ── appending ─────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, job: str, chunk: Chunk) -> int:
        """Add a chunk and return the sequence number of its last event. Costs the same however long the log is."""
        with self._lock:
            tail = self._tail(job)
            base = tail.number << 32
            entry, dropped = tail.append(job, chunk, self._limit)
            snapshot = chunk.retention == "snapshot"
            row = (base + entry.first, entry.last, int(snapshot), entry.key, entry.step, entry.frame or b"")
            if snapshot:
                self._pending.snapshots[row[0]] = row
            else:
                self._pending.facts.append(row)
            for seq in dropped:
                if self._pending.snapshots.pop(base + seq, None) is None:
                    self._pending.deletes.append(base + seq)
            self._wake()
            return entry.last

    def save(self, row: Row) -> None:
        """Remember a job's document; a new id gets its place after all others."""
        with self._lock:
            number = self._number(row.id)
            if number is None:
                number = self._numbers[row.id] = self._next_number
                self._next_number += 1
                self._tails[row.id] = Tail(number, 0, {})
            self._pending.documents[row.id] = (number, row)
            self._wake()

    def delete(self, job: str) -> Deleted:
        """Forget a job and all it said; `undelete` takes it back while the disk refuses."""
        with self._lock:
            number = self._number(job)
            if number is None:
                raise NotFound(f"There is no job `{job}`.")
            self._numbers.pop(job, None)
            self._pending.jobs.append(number)  # what waits to be written of it is passed over then
            self._wake()
            return Deleted(job, number, self._tails.pop(job, None))

    def undelete(self, deleted: Deleted) -> bool:
        """Take a deletion back that was not written; False where it is being written, or is by now."""
        with self._lock:
            if deleted.number not in self._pending.jobs:
                return False
            self._pending.jobs.remove(deleted.number)
            self._numbers[deleted.job] = deleted.number
            if deleted.tail is not None:
                self._tails[deleted.job] = deleted.tail
            return True

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything said so far is on the disk; False when the disk refuses or time is up.

        A disk that refused before is tried again at once: there may be room by now.
        """
        with self._changed:
            self._asked += 1
            mine = self._asked
            self._changed.notify_all()
            self._changed.wait_for(lambda: max(self._done, self._refused) >= mine or self._closing, timeout)
            return self._done >= mine

    def close(self) -> None:
        """Write what is left and close the file."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify_all()
        self._writer.join()
        for connection in self._connections:
            connection.close()
        self.folder.close()

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────

    def last(self, job: str) -> int:
        """The newest sequence number."""
        with self._lock:
            return self._tail(job).last

    def peek(self, job: str, after: int) -> Message | None:
        """What `read` gives, if it can be had without the disk; else None."""
        with self._lock:
            tail = self._tails.get(job)
            return tail.read(after) if tail else None

    def read(self, job: str, after: int) -> Message:
        """Facts after a cursor, in order, with the newest snapshot of each type after it; about 1 MB at most."""
        with self._lock:
            tail = self._tail(job)
            message = tail.read(after)
            if message is not None:
                return message
            floor, base = tail.floor, tail.number << 32
            shown = [entry for entry in tail.newest.values() if entry.last > after]
            live, end = [e for e in tail.facts if e.last > after], tail.last
            last = end
        facts: list[Entry] = []
        size = 0
        for entry in self._stored(base, after, floor) if after < floor else ():
            facts.append(entry)
            size += len(entry.frame or b"")
            if size > MESSAGE_BYTES:
                live, end = [], entry.last
                break
        facts += live
        shown = [self._held(base, entry) for entry in shown if entry.last <= end]
        message = joined(facts + shown, after, end)
        return message._replace(more=message.cursor < last)

    def frames(self, job: str) -> dict[str, list[int]]:
        """For each type of snapshot, the steps of which a frame is kept."""
        with self._lock:
            return {
                key: [step for step, _ in frames] for key, frames in self._tail(job).kept.items() if frames
            }

    def snapshots(self, job: str, step: int, keys: set[str] | None = None) -> bytes:
        """The newest snapshot of each type at or before a step, as frames."""
        with self._lock:
            tail = self._tail(job)
            base, found = tail.number << 32, tail.shown_at(step, keys)
        return b"".join(self._held(base, entry).frame or b"" for entry in found)

    def facts(self, job: str, after: int = 0, types: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
        """Facts after a cursor as plain maps, with their `seq`; `types` chooses some."""
        with self._lock:
            tail = self._tail(job)
            base, end = tail.number << 32, tail.committed
            live = [entry for entry in tail.facts if entry.last > max(end, after)]
        for entry in chain(self._stored(base, after, end, types), live):
            for _, events in unframe(entry.frame or b""):
                for event in events:
                    if event["seq"] > after and (not types or event["type"] in types):
                        yield event

    def document(self, job: str) -> str:
        """A job's document. Raises NotFound."""
        with self._lock:
            if self._number(job) is not None:
                for waiting in (self._pending.documents, self._writing.documents):
                    if job in waiting:
                        return waiting[job][1].document
                row = self._reader().execute("SELECT document FROM jobs WHERE id = ?", (job,)).fetchone()
                if row is not None:
                    return str(row[0])
        raise NotFound(
            f"There is no job `{job}`.", hint="It may have been deleted. GET /api/v1/jobs lists all."
        )

    def documents(
        self, *, before: int | None = None, limit: int = 50, words: str = "", states: list[str] | None = None
    ) -> tuple[list[tuple[int, str]], int]:
        """(number, document) of jobs before a number, newest first, and how many match in all."""
        where, values = ["1"], []
        for word in words.lower().split():
            where.append("instr(search, ?)")
            values.append(word)
        if states:
            where.append(f"state IN ({','.join('?' * len(states))})")
            values += states
        reader = self._reader()
        total = reader.execute(f"SELECT count(*) FROM jobs WHERE {' AND '.join(where)}", values).fetchone()[0]
        rows = reader.execute(
            f"SELECT number, document FROM jobs WHERE {' AND '.join(where)} AND number < ? ORDER BY number DESC LIMIT ?",
            [*values, before if before is not None else 1 << 62, limit],
        ).fetchall()
        return rows, total

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _reader(self) -> sqlite3.Connection:
        """This thread's own connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.folder.connect()
            with self._lock:
                self._connections.append(connection)
        return connection

    def _number(self, job: str) -> int | None:
        number = self._numbers.get(job)
        if number is None:
            row = self._reader().execute("SELECT number FROM jobs WHERE id = ?", (job,)).fetchone()
            if row is not None and row[0] not in self._pending.jobs + self._writing.jobs:
                number = self._numbers[job] = row[0]
        return number

    def _tail(self, job: str) -> Tail:
        """The tail of a job, read from the disk if it is not in memory. Raises NotFound."""
        tail = self._tails.get(job)
        if tail is None:
            number = self._number(job)
            if number is None:
                raise NotFound(
                    f"There is no job `{job}`.", hint="It may have been deleted. GET /api/v1/jobs lists all."
                )
            low, high = number << 32, (number + 1) << 32
            kept: dict[str, list[tuple[int, int]]] = {}
            rows = self._reader().execute(
                "SELECT id, key, step FROM frames WHERE snapshot = 1 AND id > ? AND id < ? ORDER BY id",
                (low, high),
            )
            for id, key, step in rows:
                kept.setdefault(key, []).append((step, id - low))
            newest = (
                self._reader()
                .execute(
                    "SELECT last FROM frames WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1", (low, high)
                )
                .fetchone()
            )
            last = newest[0] if newest else 0
            tail = self._tails[job] = Tail(
                number, last + (0 if self.folder.closed_well else LOST_AT_MOST), kept
            )
            for old in list(self._tails)[: max(0, len(self._tails) - TAILS)]:
                if self._tails[old].written >= self._tails[old].last and old != job:
                    del self._tails[old]
        self._tails.move_to_end(job)
        return tail

    def _stored(self, base: int, after: int, end: int, types: tuple[str, ...] = ()) -> Iterator[Entry]:
        """Facts on the disk with a sequence number above `after` and at most `end`, in order."""
        chosen = " OR ".join("instr(key, ?)" for _ in types) or "1"
        rows = self._reader().execute(
            "SELECT id, last, key, step, frame FROM frames WHERE snapshot = 0 AND id >= coalesce("
            "(SELECT max(id) FROM frames WHERE id > ? AND id <= ? AND snapshot = 0), ?) AND id <= ? AND last > ?"
            f" AND ({chosen}) ORDER BY id",
            (base, base + after + 1, base, base + end, after, *types),
        )
        for id, last, key, step, data in rows:
            yield Entry(id - base, last, key, step, data)

    def _wake(self) -> None:
        """Wake the writer if it has nothing to do; otherwise it looks again by itself."""
        if self._sleeping:
            self._sleeping = False
            self._changed.notify_all()

    def _held(self, base: int, entry: Entry) -> Entry:
        """The entry with its frame, from wherever it is; without one where it was let go in the meantime."""
        if entry.frame is not None:
            return entry
        with self._lock:
            id = base + entry.first
            row = self._pending.snapshots.get(id) or self._writing.snapshots.get(id)
        if row is not None:
            return entry._replace(frame=row[5])
        found = self._reader().execute("SELECT frame FROM frames WHERE id = ?", (id,)).fetchone()
        return entry._replace(frame=found[0] if found else None)

    # ── the writer's thread ───────────────────────────────────────────────────────────────────────────────────

    def _write(self) -> None:
        connection = self.folder.connect()
        snapshots_at = 0.0
        while True:
            with self._changed:
                self._sleeping = True
                self._changed.wait_for(lambda: bool(self._pending) or self._hurried())
                self._sleeping = False
                self._changed.wait_for(self._hurried, self._commit_seconds)
                closing, asked = self._closing, self._asked
                batch, self._pending = self._pending, Pending()
                if not self._hurried() and time.monotonic() - snapshots_at < SNAPSHOT_SECONDS:
                    self._pending.snapshots, batch.snapshots = batch.snapshots, {}
                elif batch.snapshots:
                    snapshots_at = time.monotonic()
                self._writing = batch
                unwritten = {id >> 32 for id in self._pending.snapshots}
                ends = [(tail, tail.last, tail.number not in unwritten) for tail in self._tails.values()]
            left, refusal = list[int](), None
            try:
                left = transact(connection, batch) if batch else []
            except sqlite3.Error as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                refusal = f"{error}"
            self._tell(refusal)
            with self._changed:
                self._writing = Pending()
                if refusal is None:
                    self._done = max(self._done, asked)
                    for tail, end, whole in ends:
                        tail.release(end, whole)
                    self._pending.jobs += left
                else:
                    batch.put_before(self._pending)
                    self._pending, self._refused = batch, max(self._refused, asked)
                self._changed.notify_all()
                if refusal and not closing:
                    self._changed.wait_for(
                        lambda: self._closing or self._asked > self._refused, RETRY_SECONDS
                    )
            if closing and not left:
                if refusal:
                    logger.error("The event log could not be written before closing: %s", refusal)
                break
        if self.trouble is None:
            with contextlib.suppress(sqlite3.Error):  # else the next server looks for itself
                connection.execute("INSERT OR REPLACE INTO facts_about_this_file VALUES ('closed', 'well')")
        connection.close()

    def _hurried(self) -> bool:
        return self._closing or self._asked > self._done

    def _tell(self, trouble: str | None) -> None:
        if trouble == self.trouble:
            return
        with self._changed:
            self.trouble = trouble
            self._changed.notify_all()
        if trouble:
            logger.error("The event log cannot be written: %s. Trying again until it can.", trouble)
        self.on_trouble(trouble)
