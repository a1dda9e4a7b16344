"""The log: order, cursors, thinning, rewinding, the disk, and that every reader is given the same."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from freedive.errors import NotFound
from freedive.jobs import tail
from freedive.jobs.database import DataFolder
from freedive.jobs.event_log import LOST_AT_MOST, EventLog
from freedive.jobs.pending import Row
from freedive.protocol.chunks import unframe

from .events import Rewound, StateChanged, Watched, chunk, metrics, picture, seen


def test_chunks_are_numbered_and_kept_as_they_came(log: EventLog) -> None:
    first, second = chunk(metrics(1, [3.0]), metrics(2, [2.0])), chunk(metrics(3, [1.0]))
    assert (log.append("a", first), log.append("a", second)) == (2, 3)
    message = log.read("a", 0)
    assert message.cursor == 3
    assert seen(message.frames) == [(1, "metrics", 1), (2, "metrics", 2), (3, "metrics", 3)]
    assert first.payload in message.frames
    assert second.payload in message.frames
    assert log.flush()
    database = sqlite3.connect(log.folder.path)
    stored = [frame for (frame,) in database.execute("SELECT frame FROM frames ORDER BY id")]
    database.close()
    assert b"".join(stored) == message.frames


def test_readers_at_the_same_cursor_share_one_object(log: EventLog) -> None:
    for step in range(1, 20):
        log.append("a", chunk(metrics(step, [1.0])))
    first = log.peek("a", 7)
    assert first is not None
    assert first.frames
    assert log.peek("a", 7) is first
    log.append("a", chunk(metrics(20, [1.0])))
    assert log.peek("a", 7) is not first


def test_only_the_newest_snapshot_of_a_type_is_read_and_facts_never_skipped(log: EventLog) -> None:
    for step in range(1, 6):
        log.append("a", chunk(metrics(step, [1.0])))
        log.append("a", chunk(picture(step)))
    log.append("a", chunk(Watched(step=5, count=2)))
    kinds = [(kind, step) for _, kind, step in seen(log.read("a", 0).frames)]
    assert kinds == [
        ("metrics", 1),
        ("metrics", 2),
        ("metrics", 3),
        ("metrics", 4),
        ("metrics", 5),
        ("confusion", 5),
        ("watchers", 5),
    ]
    assert log.read("a", 11) == (b"", 11, False)


def test_a_cursor_inside_a_chunk_gives_the_rest_of_it(log: EventLog) -> None:
    log.append("a", chunk(*(metrics(step, [1.0]) for step in range(1, 6))))
    assert seen(log.read("a", 3).frames) == [(4, "metrics", 4), (5, "metrics", 5)]


def test_an_unknown_job_is_named(log: EventLog) -> None:
    with pytest.raises(NotFound, match="no job `zzz`"):
        log.read("zzz", 0)


@pytest.mark.parametrize("frames", [10, 120])
def test_snapshots_are_thinned_evenly_over_the_whole_job(tmp_path: Path, frames: int) -> None:
    log = EventLog(DataFolder(tmp_path), snapshot_frames=frames)
    log.save(Row("a", "running", "", "{}"))
    steps = 3000
    for step in range(1, steps + 1):
        log.append("a", chunk(picture(step)))
    (kept,) = log.frames("a").values()
    assert (len(kept), kept[0], kept[-1]) == (frames, 1, steps)
    gaps = [after - before for before, after in itertools.pairwise(kept)]
    assert max(gaps) <= 3 * steps / frames
    assert log.flush()
    database = sqlite3.connect(log.folder.path)
    assert [s for (s,) in database.execute("SELECT step FROM frames ORDER BY id")] == kept
    database.close()
    log.close()


def test_the_scrubber_finds_the_newest_snapshot_at_or_before_a_step(log: EventLog) -> None:
    for step in (0, 10, 20, 30):
        log.append("a", chunk(picture(step, mark=step)))
    assert log.frames("a") == {"confusion": [0, 10, 20, 30]}
    assert seen(log.snapshots("a", 25)) == [(3, "confusion", 20)]
    assert seen(log.snapshots("a", 30, {"boundary"})) == []
    assert log.flush()
    assert seen(log.snapshots("a", 9)) == [(1, "confusion", 0)]


def test_a_rewind_takes_back_snapshots_after_its_step(log: EventLog) -> None:
    for step in (0, 10, 20, 30):
        log.append("a", chunk(picture(step)))
    log.append("a", chunk(Rewound(step=15, reason="command")))
    assert log.frames("a") == {"confusion": [0, 10]}
    assert [(kind, step) for _, kind, step in seen(log.read("a", 0).frames)] == [
        ("confusion", 10),
        ("rewound", 15),
    ]
    assert log.flush()
    assert seen(log.snapshots("a", 99)) == [(2, "confusion", 10)]
    database = sqlite3.connect(log.folder.path)
    assert [s for (s,) in database.execute("SELECT step FROM frames WHERE snapshot = 1 ORDER BY id")] == [
        0,
        10,
    ]
    database.close()


SAID = st.lists(
    st.one_of(
        st.tuples(st.just("facts"), st.integers(1, 4)),
        st.tuples(st.just("picture"), st.integers(1, 40)),
        st.tuples(st.just("watchers"), st.integers(0, 5)),
        st.tuples(st.just("rewind"), st.integers(0, 30)),
        st.tuples(st.just("disk"), st.just(0)),
        st.tuples(st.just("live"), st.just(0)),
    ),
    max_size=60,
)


class Reader:
    """What a page knows: all facts, and of each type the newest snapshot that was not taken back."""

    def __init__(self) -> None:
        self.cursor = 0
        self.facts: list[tuple[int, str, int]] = []
        self.shown: dict[str, tuple[int, int]] = {}

    def read(self, log: EventLog) -> None:
        while True:
            message = log.read("a", self.cursor)
            for seq, kind, step in seen(message.frames):
                assert seq > self.cursor
                if kind in ("confusion", "watchers"):
                    self.shown[kind] = (seq, step)
                else:
                    self.facts.append((seq, kind, step))
                if kind == "rewound":
                    self.shown = {k: (s, at) for k, (s, at) in self.shown.items() if at <= step}
            if message.cursor == self.cursor:
                return
            self.cursor = message.cursor


@examples(max_examples=30)
@given(
    said=SAID, tail_bytes=st.sampled_from([0, 300, 100_000]), message_bytes=st.sampled_from([100, 100_000])
)
def test_a_late_joiner_knows_what_a_live_reader_knows(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, int]], tail_bytes: int, message_bytes: int
) -> None:
    folder = DataFolder(tmp_path_factory.mktemp("log"))
    log = EventLog(folder, commit_seconds=0.001, snapshot_frames=10)
    log.save(Row("a", "running", "", "{}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tail, "TAIL_BYTES", tail_bytes)
        patch.setattr(tail, "MESSAGE_BYTES", message_bytes)
        patch.setattr("freedive.jobs.event_log.MESSAGE_BYTES", message_bytes)
        live, step = Reader(), 0
        for what, value in said:
            match what:
                case "facts":
                    log.append("a", chunk(*(metrics(step + i + 1, [1.0]) for i in range(value))))
                    step += value
                case "picture":
                    log.append("a", chunk(picture(step, value)))
                case "watchers":
                    log.append("a", chunk(Watched(step=step, count=value)))
                case "rewind":
                    step = min(step, value)
                    log.append("a", chunk(Rewound(step=step, reason="command")))
                case "disk":
                    assert log.flush()
                case "live":
                    live.read(log)
        live.read(log)
        late = Reader()
        late.read(log)
        assert late.facts == live.facts
        assert {k: at for k, (_, at) in late.shown.items() if k == "confusion"} == {
            k: at for k, (_, at) in live.shown.items() if k == "confusion"
        } or _rewound_last(said)
        log.close()
        log = EventLog(DataFolder(folder.folder), snapshot_frames=10)
        reopened = Reader()
        reopened.read(log)
        assert reopened.facts == late.facts
        assert reopened.shown == late.shown
        log.close()


def _rewound_last(said: list[tuple[str, int]]) -> bool:
    """After a rewind the log may show an older picture again, which a live reader had let go of."""
    kinds = [what for what, _ in said]
    return "rewind" in kinds and "picture" not in kinds[len(kinds) - kinds[::-1].index("rewind") :]


def test_documents_are_listed_newest_first_and_searched(log: EventLog) -> None:
    for name, state in (("b", "finished"), ("c", "running"), ("d", "finished")):
        log.save(Row(name, state, f"{name} spirals wide", f'"{name}"'))
    assert log.flush()
    rows, total = log.documents(limit=2)
    assert ([document for _, document in rows], total) == (['"d"', '"c"'], 4)
    rows, _ = log.documents(before=rows[-1][0], limit=2)
    assert [document for _, document in rows] == ['"b"', "{}"]
    assert [d for _, d in log.documents(words="WIDE b")[0]] == ['"b"']
    assert log.documents(states=["finished"])[1] == 2
    log.save(Row("c", "finished", "", '"c again"'))
    assert log.document("c") == '"c again"'


def test_deleting_a_job_leaves_no_row_and_harms_no_other(log: EventLog) -> None:
    log.save(Row("b", "running", "", "{}"))
    for step in range(1, 50):
        log.append("a", chunk(metrics(step, [1.0])))
        log.append("b", chunk(metrics(step, [1.0])))
    assert log.flush()
    log.append("a", chunk(picture(49)))
    log.delete("a")
    with pytest.raises(NotFound):
        log.read("a", 0)
    assert log.flush()
    with pytest.raises(NotFound):
        log.document("a")
    assert len(seen(log.read("b", 0).frames)) == 49
    database = sqlite3.connect(log.folder.path)
    assert database.execute("SELECT count(*) FROM frames WHERE id < 2 << 32").fetchone() == (0,)
    database.close()


def test_what_was_said_is_there_after_closing(tmp_path: Path) -> None:
    log = EventLog(DataFolder(tmp_path))
    log.save(Row("a", "running", "", "{}"))
    log.append("a", chunk(metrics(1, [1.0])))
    log.append("a", chunk(picture(1)))
    log.close()
    again = EventLog(DataFolder(tmp_path))
    assert [kind for _, kind, _ in seen(again.read("a", 0).frames)] == ["metrics", "confusion"]
    assert again.append("a", chunk(metrics(2, [1.0]))) == 3
    again.close()


def test_after_a_crash_numbers_go_on_above_any_cursor(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "before")
    log = EventLog(folder, commit_seconds=0.01)
    log.save(Row("a", "running", "", "{}"))
    log.append("a", chunk(metrics(1, [1.0])))
    assert log.flush()
    crashed = tmp_path / "after"
    crashed.mkdir()
    for name in ("freedive.db", "freedive.db-wal"):  # the files as a killed process leaves them
        (crashed / name).write_bytes((folder.folder / name).read_bytes())
    lost = log.append("a", chunk(metrics(2, [1.0])))
    log.close()
    again = EventLog(DataFolder(crashed))
    assert seen(again.read("a", 0).frames) == [(1, "metrics", 1)]
    following = again.append("a", chunk(StateChanged(state="interrupted")))
    assert following > lost
    assert following == 1 + LOST_AT_MOST + 1
    assert [s for s, _, _ in seen(again.read("a", lost).frames)] == [following]
    again.close()


def test_facts_are_read_by_type(log: EventLog) -> None:
    log.append("a", chunk(metrics(1, [1.0]), StateChanged(step=1, state="running")))
    assert log.flush()
    log.append("a", chunk(StateChanged(step=1, state="paused")))
    assert [f["state"] for f in log.facts("a", types=("state",))] == ["running", "paused"]
    assert [f["seq"] for f in log.facts("a", after=1)] == [2, 3]


class Cramped(DataFolder):
    """A disk with room for some pages only."""

    pages = 40
    opened: list[sqlite3.Connection]

    def connect(self) -> sqlite3.Connection:
        connection = super().connect()
        connection.execute(f"PRAGMA max_page_count = {self.pages}")
        self.opened = [*getattr(self, "opened", []), connection]
        return connection


def test_a_full_disk_loses_nothing_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freedive.jobs.event_log.RETRY_SECONDS", 0.01)
    folder = Cramped(tmp_path)
    log = EventLog(folder, commit_seconds=0.001)
    told: list[str | None] = []
    changed = threading.Event()

    def on_trouble(trouble: str | None) -> None:
        told.append(trouble)
        changed.set()

    log.on_trouble = on_trouble
    log.save(Row("a", "running", "", "{}"))
    for step in range(1, 200):
        log.append("a", chunk(metrics(step, [float(step)] * 100)))
    assert changed.wait(10)
    assert told[0] is not None
    assert "full" in told[0]
    assert log.trouble == told[0]
    assert not log.flush(0.1)
    log.append("a", chunk(metrics(200, [0.0])))
    assert len(_all(log)) == 200
    changed.clear()
    for connection in folder.opened[1:]:  # the first one only made the tables
        connection.execute("PRAGMA max_page_count = 100000")
    assert changed.wait(10)
    assert told[1] is None
    assert log.flush(10)
    assert len(_all(log)) == 200
    log.close()


def _all(log: EventLog) -> list[int]:
    cursor, found = 0, list[int]()
    while (message := log.read("a", cursor)).cursor != cursor:
        found += [seq for seq, _, _ in seen(message.frames)]
        cursor = message.cursor
    return found


def test_messages_are_whole_frames(log: EventLog) -> None:
    for step in range(1, 30):
        log.append("a", chunk(metrics(step, [1.0] * 3)))
    frames = unframe(log.read("a", 0).frames)
    assert [header.first_seq for header, _ in frames] == list(range(1, 30))
    assert {header.job for header, _ in frames} == {"a"}
