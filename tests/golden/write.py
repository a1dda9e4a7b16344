"""Writes the golden streams: frames of short jobs as the socket sends them, and what a reader must know afterwards.

`python -m tests.golden.write` after a change of the protocol. pytest and vitest read the same files.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from freedive.protocol.chunks import encode, frame, unframe
from freedive.protocol.commands import Changes, Pace, Resume, Rewind, Set, Step, Stop
from freedive.protocol.events import Event, StateChanged, Watched
from freedive.protocol.tensors import TensorData

from ..training.jobs import DIGITS, LINE, SPIRALS, Job, Turn, spec_of

HERE = Path(__file__).parent
SMALL = {"resolution": 16, "bins": 8}
STREAMS: dict[str, tuple[dict[str, Any], Sequence[Turn]]] = {
    "steered": (
        {**SPIRALS, "probes": SMALL, "start_paused": True, "epochs": 4},
        [
            [Step(n=5)],
            [Set(changes=Changes(lr=0.02)), Pace(steps_per_second=5000), Step(n=3)],
            [Rewind(step=6)],
            [Resume()],
            [Stop()],
        ],
    ),
    "digits": ({**DIGITS, "probes": SMALL}, []),
    "sine": ({**LINE, "dataset": {"kind": "sine", "size": 60}, "probes": SMALL}, []),
    "not_finite": ({**LINE, "optimizer": {"kind": "sgd", "lr": 90.0}, "epochs": 40, "probes": SMALL}, []),
}


def events_of(name: str) -> list[Event]:
    """What the job says, with what the server says around it."""
    base, turns = STREAMS[name]
    with tempfile.TemporaryDirectory() as folder:
        said = Job(Path(folder)).run(spec_of(base), *turns, watched=True)
    return [StateChanged(state="queued"), Watched(count=1), *said]


def framed(events: list[Event]) -> bytes:
    """The stream as the log keeps it."""
    seq, message = 1, b""
    for chunk in encode(events):
        message += frame("golden", seq, chunk)
        seq += chunk.count
    return message


def summary(message: bytes) -> dict[str, Any]:
    """What anybody who read the whole stream must hold: the state, the rows that count, the newest pictures."""
    rows: dict[int, list[float | None]] = {}
    known: dict[str, Any] = {"state": None, "columns": [], "told": [], "checkpoints": [], "snapshots": {}}
    evaluations: list[dict[str, Any]] = []
    for _, events in unframe(message):
        for event in events:
            match event["type"]:
                case "state":
                    known["state"] = event["state"]
                    known["told"].append(event["type"])
                case "started":
                    known["columns"] = event["columns"]
                case "metrics":
                    table = TensorData.model_validate(event["values"]).numpy()
                    for i, row in enumerate(table.tolist()):
                        rows[event["first_step"] + i] = [v if abs(v) < float("inf") else None for v in row]
                case "evaluation":
                    evaluations.append({key: event[key] for key in ("step", "split", "metrics")})
                case "checkpoint":
                    gone = set(event["dropped"])
                    known["checkpoints"] = [s for s in known["checkpoints"] if s not in gone] + [
                        event["step"]
                    ]
                    known["told"].append(event["type"])
                case "rewound":
                    step = event["step"]
                    rows = {s: row for s, row in rows.items() if s <= step}
                    evaluations = [e for e in evaluations if e["step"] <= step]
                    known["checkpoints"] = [s for s in known["checkpoints"] if s <= step]
                    known["snapshots"] = {k: s for k, s in known["snapshots"].items() if s <= step}
                    known["told"].append(event["type"])
                case "command" | "log" | "diagnosis" | "finished" | "failed":
                    known["told"].append(event["type"])
                case "data":
                    known["data"] = event["inputs"]["shape"]
                case kind:
                    known["snapshots"][kind] = event["step"]
    return {
        **known,
        "steps": sorted(rows),
        "rows": [rows[s] for s in sorted(rows)],
        "evaluations": evaluations,
    }


def main() -> None:
    """Write every stream anew."""
    for name in STREAMS:
        message = framed(events_of(name))
        (HERE / f"{name}.frames").write_bytes(message)
        text = json.dumps(summary(message), indent=1)
        (HERE / f"{name}.json").write_text(text + "\n")
        print(f"{name}: {len(message)} bytes, {len(text)} of summary")


if __name__ == "__main__":
    main()
