"""What rules look at: the records of a run, who made which tensor and who used it, and the errors that ended statements."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import torch

from freedive.lab.notes import LightRecord, Moment, Note, Record
from freedive.lab.recorder import Recorder
from freedive.lab.spans import Spans, caller, expressions

Json = dict[str, Any]
Any_Record = Record | LightRecord
FARTHEST = 400
"""Operations that a walk through the trace passes, at most."""


class Failure(NamedTuple):
    """An error that ended a statement, and the operation that raised it, if one did."""

    statement: int
    error: BaseException
    problem: Json
    record: Record | None
    after: int
    """How many operations there were by then."""

    @property
    def text(self) -> str:
        return str(self.problem["message"])

    @property
    def line(self) -> int:
        return int(self.problem["line"] or 0)


class Evidence:
    """One run, seen from its end. All tables are made at most once, in one pass over the records."""

    def __init__(
        self,
        recorder: Recorder,
        spans: Spans,
        statements: list[Json],
        failures: list[Failure],
        names: dict[str, Any],
        dialect: str,
        tree: ast.Module,
    ) -> None:
        self.records: list[Any_Record] = recorder.records
        self.moments: list[Moment] = recorder.moments
        self.recorder = recorder
        self.spans = spans
        self.statements = statements
        self.failures = failures
        self.names = names
        self.dialect = dialect
        self.tree = tree

    # ------------------------------------------------------------ tables
    @cached_property
    def by_name(self) -> dict[str, list[Record]]:
        """Operations that ran, with all that is known of them, by name."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            if isinstance(record, Record) and record.failed is None:
                found.setdefault(record.name, []).append(record)
        return found

    @cached_property
    def by_moment(self) -> dict[str, list[Moment]]:
        found: dict[str, list[Moment]] = {}
        for moment in self.moments:
            found.setdefault(moment.kind, []).append(moment)
        return found

    @cached_property
    def _makers(self) -> dict[int, Any_Record]:
        found: dict[int, Any_Record] = {}
        for record in self.records:
            for note in record.outputs:
                found.setdefault(note.id, record)
        return found

    @cached_property
    def _users(self) -> dict[int, list[Any_Record]]:
        found: dict[int, list[Any_Record]] = {}
        for record in self.records:
            for note in record.inputs:
                found.setdefault(note.id, []).append(record)
        return found

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(record): number for number, record in enumerate(self.records)}

    @cached_property
    def calls(self) -> list[ast.Call]:
        """All calls that the snippet writes, to say where something was made."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]

    @cached_property
    def _loops(self) -> list[ast.For | ast.While | ast.FunctionDef]:
        return [
            node for node in ast.walk(self.tree) if isinstance(node, ast.For | ast.While | ast.FunctionDef)
        ]

    def loop_at(self, line: int) -> ast.For | ast.While | ast.FunctionDef | None:
        """The innermost loop or function of the snippet that a line stands in: what may run more than once."""
        inside = [each for each in self._loops if each.lineno <= line <= (each.end_lineno or each.lineno)]
        return max(inside, key=lambda each: each.lineno, default=None)

    # ------------------------------------------------------------ what happened
    def ops(self, *names: str) -> Iterator[Record]:
        """Operations of these names that ran."""
        for name in names:
            yield from self.by_name.get(name, ())

    def seen(self, *kinds: str) -> Iterator[Moment]:
        """Moments of these kinds."""
        for kind in kinds:
            yield from self.by_moment.get(kind, ())

    def failed(self, *words: str) -> Iterator[Failure]:
        """Errors whose message has one of these words."""
        for failure in self.failures:
            if any(word in failure.text for word in words):
                yield failure

    def from_none(self, moment: Moment) -> Failure | None:
        """The error that a gradient that was None led to, on the very line that read it."""
        line = self.line(moment)
        return next((each for each in self.failed("'NoneType'") if each.line == line), None)

    def maker(self, note: Note) -> Any_Record | None:
        """The operation that gave a tensor."""
        found = self._makers.get(note.id)
        if found is None and note.previous is not None:
            return self._makers.get(note.previous.id)  # written to unseen, by a layer or a step
        return found

    def users(self, note: Note) -> list[Any_Record]:
        return self._users.get(note.id, [])

    def number(self, at: Any) -> int | None:
        return self._numbers.get(id(at))

    def note(self, value: Any) -> Note | None:
        """What the trace knows of a tensor, as it is now."""
        return self.recorder.notes.get(id(value))

    def ancestors(self, note: Note, graded: bool = False) -> Iterator[Any_Record]:
        """The operations behind a tensor, the nearest first; `graded`: only those that backward goes through."""
        queue, passed = [note], {note.id}
        for each in queue:
            record = self.maker(each)
            if record is None:
                continue
            yield record
            if len(queue) > FARTHEST:
                return
            for source in record.inputs:
                if source.id not in passed and (source.requires_grad or not graded):
                    passed.add(source.id)
                    queue.append(source)

    def through(self, note: Note, *kinds: str) -> Any_Record | None:
        """The operation that made a tensor, past those of these kinds that only pass its elements on."""
        record = self.maker(note)
        for _ in range(16):
            if record is None or record.op.kind not in kinds or not record.inputs:
                return record
            record = self.maker(record.inputs[0])
        return record

    # ------------------------------------------------------------ places and words
    def line(self, at: Any) -> int:
        """The line of an operation, a moment, a piece of the syntax or an error; 0 where it is not of the snippet."""
        if isinstance(at, int):
            return at
        if isinstance(at, Record | LightRecord):
            return self.spans.place(at)[0] or at.line or 0
        if isinstance(at, Moment):
            at = at.at
        found = caller(at)
        return found.lineno if found is not None else 0

    def statement_at(self, line: int, at: Any) -> int:
        """The top-level statement that a line belongs to."""
        for entry in self.statements:
            if entry["line"] <= line <= entry["end_line"]:
                return int(entry["index"])
        return int(getattr(at, "statement", 0))

    def statement_of(self, at: Any) -> ast.stmt | None:
        """The statement, inside of others too, that an operation stands in."""
        found = at.at if isinstance(at, Record | LightRecord | Moment) else at
        cell = getattr(found, "cell", None)
        node = getattr(cell, "node", found)
        return node if isinstance(node, ast.stmt) else None

    def written(self, record: Any_Record, place: int, most: int = 32) -> str:
        """How the snippet writes an argument of an operation, or what the tensor is called, or its shape."""
        nodes = expressions(record) if isinstance(record, Record) else []
        node = nodes[place] if place < len(nodes) else None
        text = self.spans.text(node) if isinstance(node, ast.expr) else ""
        if text and len(text) <= most:
            return text
        args = record.args if isinstance(record, Record) else tuple(record.inputs)
        value = args[place] if place < len(args) else None
        return self.called(value) if isinstance(value, Note) else text[:most]

    def called(self, note: Note) -> str:
        """What a tensor is called in the snippet, or its shape."""
        if note.names:
            return note.names[0]
        record = self.maker(note)
        node = self.statement_of(record) if record is not None else None
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            at = getattr(record, "at", None)
            if node.value is at:
                return node.targets[0].id
        return f"({', '.join(map(str, note.shape))}{',' if len(note.shape) == 1 else ''})"

    def source(self, record: Any_Record) -> str:
        """The call of an operation as written, if it is short."""
        node = caller(record.at)
        text = self.spans.text(node) if isinstance(node, ast.expr) else ""
        return text if 0 < len(text) <= 48 else record.name


def values(note: Any) -> torch.Tensor | None:
    """The numbers of a tensor as they were, as a tensor of their own; None where they were not kept."""
    if not isinstance(note, Note) or note.array:
        return None
    if note.data is not None:
        dtype = getattr(torch, note.dtype, None)
        if isinstance(dtype, torch.dtype):
            return torch.tensor(note.data, dtype=dtype).reshape(note.shape)
    kept = note.kept
    return kept.detach() if isinstance(kept, torch.Tensor) and kept.numel() else None


def finite(data: Any) -> bool:
    """Whether nested lists of numbers hold only finite ones."""
    if isinstance(data, list):
        if data and isinstance(data[0], float) and math.isfinite(sum(data)):
            return True  # one that is not would have spoiled the sum
        return all(map(finite, data))
    return not isinstance(data, float) or math.isfinite(data)


def layer(record: Any_Record) -> Any:
    """The module that an operation is the call of, or None."""
    args = record.args if isinstance(record, Record) else ()
    return getattr(args[0], "module", None) if args else None


def tensors(record: Any_Record) -> list[Note]:
    """The tensors that were passed to an operation in their order, without a layer's own weights."""
    if not isinstance(record, Record):
        return list(record.inputs)
    given = [*record.args, *record.kwargs.values()]
    return [each for each in given if isinstance(each, Note)]


def shape_text(shape: Any) -> str:
    """(3,) or (2, 3), as Python writes a shape."""
    return str(tuple(shape))


def number_text(value: float) -> str:
    """A number in at most four digits."""
    return f"{value:.4g}"
