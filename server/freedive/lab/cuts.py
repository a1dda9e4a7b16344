"""Where a gradient stops: tensors computed from what wanted a gradient, that themselves want none; read by `autograd`.

`detach`, `no_grad`, `argmax`, a comparison: forward the numbers go on, backward nothing comes.
"""

from __future__ import annotations

from typing import NamedTuple

from freedive.lab.recorder import LightRecord, Note, Record, Recorder

MOST = 8
"""Cut places that a graph shows."""
FARTHEST = 200
"""Operations that are walked back in search of where the gradient would have come from."""
EXPLICIT = frozenset({"detach", "detach_", "data", "stop_gradient", "BlockGrad"})
"""Operations that are there to cut: theirs are shown wherever something is called by a name."""


class Cut(NamedTuple):
    """`note` wants no gradient although it was made from `sources`, which do; `by` names the operation that made it."""

    note: Note
    by: str
    sources: list[Note]
    users: list[tuple[Note, int]]
    """What was computed from it and does want a gradient, and as which of its inputs."""


def cuts(recorder: Recorder) -> list[Cut]:
    """The newest first; those that something with a gradient was computed from, then the explicit ones that have names."""
    makers: dict[int, Record | LightRecord] = {}
    users: dict[int, list[tuple[Note, int]]] = {}
    notes: dict[int, Note] = {}
    for record in recorder.records:
        for note in record.outputs:
            makers.setdefault(note.id, record)
            notes[note.id] = note
        if record.outputs and record.outputs[0].requires_grad and record.op.kind != "optimizer":
            for place, note in enumerate(record.inputs):
                if not note.requires_grad and not note.array:
                    users.setdefault(note.id, []).append((record.outputs[0], place))
                    notes[note.id] = note
    found = []
    for number in sorted(users, reverse=True):
        sources = _sources(notes[number], makers)
        if sources:
            found.append(Cut(notes[number], makers[number].name, sources, users[number]))
    for number in sorted(makers, reverse=True):
        note, maker = notes[number], makers[number]
        if maker.name in EXPLICIT and note.names and number not in users and not note.requires_grad:
            sources = _sources(note, makers)
            if sources:
                found.append(Cut(note, maker.name, sources, []))
    return found[:MOST]


def _sources(note: Note, makers: dict[int, Record | LightRecord]) -> list[Note]:
    """The nearest tensors behind it that want a gradient."""
    found: dict[int, Note] = {}
    queue, seen = [note], {note.id}
    for each in queue:
        maker = makers.get(each.id)
        if maker is None or len(seen) > FARTHEST:
            continue
        for source in maker.inputs:
            if source.id in seen:
                continue
            seen.add(source.id)
            if source.requires_grad:
                found[source.id] = source
            else:
                queue.append(source)
    return list(found.values())[:4]
