"""What Python holds when tf.function traces a function, so that later calls, which are the graph's, neither see nor change it.

The lab runs a function anew at each call, for its numbers. Real TensorFlow runs the recorded graph: a counter counts once, a
list is appended to once, a global number stays what it was. So before a later call the containers within the function's reach
are put back to what they held when it was traced, and afterwards to what they held before the call.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from freedive.lab.classes import UserClass
from freedive.lab.functions import Function
from freedive.lab.instances import Instance, Method
from freedive.lab.running import running
from freedive.lab.scopes import Frame

MOST, LONGEST = 2_000, 1_000
"""Containers that are kept, at most; longer lists of data are left alone."""
_PLAIN = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset, np.ndarray, np.generic, Function)


class Captured:
    """Names, lists, dicts, sets and fields as they were when the function was traced."""

    def __init__(self, function: Any, args: tuple[Any, ...]) -> None:
        self.kept: list[tuple[Any, Any]] = []
        self._seen: set[int] = set()
        self._random = _random_state()
        self.frozen = False
        """Whether the tracing drew random numbers of Python's or NumPy's."""
        for value in (function, *args):
            self._walk(value)
        self._seen.clear()

    def _keep(self, container: Any) -> bool:
        if id(container) in self._seen or len(self.kept) >= MOST:
            return False
        self._seen.add(id(container))
        self.kept.append((container, container.copy()))
        return True

    def _frames(self, frame: Frame | None) -> None:
        while frame is not None:
            if self._keep(frame.names):
                for value in list(frame.names.values()):
                    self._walk(value)
            frame = frame.outer

    def _walk(self, value: Any) -> None:
        if isinstance(value, list | dict | set) and type(value) in (list, dict, set):
            if len(value) <= LONGEST and self._keep(value):
                for each in value.values() if isinstance(value, dict) else value:
                    self._walk(each)
        elif isinstance(value, tuple):
            for each in value[:LONGEST]:
                self._walk(each)
        elif isinstance(value, Function):
            self._frames(value.frame)
        elif isinstance(value, Method):
            self._walk(value.function)
            self._walk(value.owner)
        elif isinstance(value, UserClass):
            self._keep(value.members)
        elif isinstance(value, Instance) and hasattr(type(value), "lab_class") and self._keep(value.fields):
            self._walk(type(value).lab_class)
            for each in list(value.fields.values()):
                self._walk(each)
        elif hasattr(value, "function") and isinstance(value.function, Function | Method):
            self._walk(value.function)

    def settle(self) -> None:
        """The tracing is over: variables and layers that it made are the graph's, and stay."""
        self.frozen = _random_state() != self._random
        for at, (container, before) in enumerate(self.kept):
            if isinstance(container, dict):
                for key, now in container.items():
                    if before.get(key) is not now and now is not None and not _plain(now):
                        before[key] = now
            elif any(not _plain(each) for each in container):
                self.kept[at] = (container, container.copy())

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Python as it was at the tracing; what happens to it inside is forgotten, and printing is silent."""
        now = [(container, container.copy()) for container, _ in self.kept]
        drawn = _random_state() if self.frozen else None
        muted, running.muted = running.muted, True
        try:
            _put_back(self.kept)
            if drawn is not None:
                _set_random(self._random)
            yield
        finally:
            running.muted = muted
            _put_back(now)
            if drawn is not None:
                _set_random(drawn)


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple | set):
        return all(_plain(each) for each in list(value)[:LONGEST])
    if isinstance(value, dict):
        return all(_plain(each) for each in list(value.values())[:LONGEST])
    return value is None or isinstance(value, _PLAIN)


def _put_back(kept: list[tuple[Any, Any]]) -> None:
    for container, content in kept:
        if isinstance(container, list):
            container[:] = content
        elif container.keys() != content.keys() if isinstance(container, dict) else container != content:
            container.clear()
            container.update(content)
        elif isinstance(container, dict):
            container.update(content)


def _random_state() -> tuple[Any, Any]:
    state: Any = np.random.get_state(legacy=True)
    name, keys, *rest = state
    own = running.random.getstate() if isinstance(running.random, random.Random) else None
    return (name, keys.tobytes(), *rest), own


def _set_random(state: tuple[Any, Any]) -> None:
    (name, keys, *rest), own = state
    np.random.set_state((name, np.frombuffer(keys, dtype=np.uint32), *rest))
    if own is not None:
        running.random.setstate(own)
