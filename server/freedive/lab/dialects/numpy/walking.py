"""np.nditer: every element of one array or several, one by one, also to be written to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from freedive.lab.door import hand_over
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.operators import collect
from freedive.lab.problems import Refused
from freedive.lab.running import running

FLAGS = frozenset({"multi_index", "c_index", "f_index", "external_loop", "zerosize_ok"})


class Walk:
    """What np.nditer gives; the real one stays inside."""

    def __init__(self, op: Any, flags: Any = (), op_flags: Any = None, op_dtypes: Any = None, order: str = "K", **other: Any) -> None:  # fmt: skip
        if other or op_dtypes is not None:
            raise Refused(f"the keyword '{next(iter(other), 'op_dtypes')}' of nditer is not offered")
        unknown = set(collect(flags)) - FLAGS
        if unknown:
            raise Refused(f"the flag '{unknown.pop()}' of nditer is not offered")
        op = hand_over(op)
        arrays = [np.asarray(each) for each in op] if isinstance(op, list | tuple) else np.asarray(op)
        running.meter.elements(np.broadcast(*arrays).size if isinstance(arrays, list) else arrays.size)
        self.real: Any = np.nditer(arrays, flags=list(flags), op_flags=op_flags, order=order)  # type: ignore[call-overload]


class WalkKind(Kind):
    name = "iterator"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "finished": Property(lambda walk: bool(walk.real.finished)),
            "multi_index": Property(lambda walk: tuple(walk.real.multi_index)),
            "index": Property(lambda walk: int(walk.real.index)),
            "iterindex": Property(lambda walk: int(walk.real.iterindex)),
            "itersize": Property(lambda walk: int(walk.real.itersize)),
            "shape": Property(lambda walk: tuple(walk.real.shape)),
            "value": Property(lambda walk: walk.real.value),
            "iternext": Native("iternext", _forward),
            "reset": Native("reset", lambda walk: walk.real.reset()),
            "close": Native("close", lambda walk: None),
        }

    def type_name(self, value: Any) -> str:
        return "nditer"

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.real)

    def getitem(self, value: Any, index: Any) -> Any:
        return value.real[index]

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        value.real[index] = hand_over(new)

    def length(self, value: Any) -> int:
        return int(value.real.itersize)

    def enter(self, value: Any) -> Any:
        return value


def _forward(walk: Walk) -> bool:
    running.meter.step()
    return bool(walk.real.iternext())


register(WalkKind(), Walk)
