"""The one door: every operation on tensors and arrays passes `Op.call`, where limits are checked and the trace is written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.budget import LimitReached
from freedive.lab.exchange import FAST, hand_over, receive
from freedive.lab.growing import RULES
from freedive.lab.kinds import Callable_, kind_of
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.sizes import Rule, broadcast
from freedive.lab.steps import hold, settle
from freedive.lab.writing import changed, is_place

Tensor = torch.Tensor

DENIED = frozenset({"out", "generator", "pin_memory", "layout", "names", "memory_format", "file", "like"})
"""Keywords that no operation takes from a snippet; `out` only where it is a tensor or an array."""


class Op(Callable_):
    """An operation that can be traced.

    `kind` is one of creation, random, elementwise, movement, indexing, reduction, contraction, activation, loss, layer,
    inplace, autograd, optimizer, query. `rule` names the size check, `moves` which arguments hold the elements that a
    movement moves, `raw` that callables of the snippet may be handed on.
    """

    __slots__ = ("fn", "info", "inplace", "kind", "moves", "name", "quiet", "raw", "rule", "wants")

    def __init__(
        self,
        name: str,
        fn: Callable[..., Any],
        kind: str,
        rule: str | Rule = "",
        *,
        moves: tuple[int, ...] = (0,),
        raw: bool = False,
        quiet: bool = False,
        info: Any = None,
    ) -> None:
        self.name = name
        self.fn = fn
        self.kind = kind
        self.rule: Rule = RULES[rule] if isinstance(rule, str) else rule
        self.moves = moves
        self.raw = raw
        self.quiet = quiet
        self.info = info
        self.inplace = kind == "inplace"

    @property
    def doc(self) -> str:
        return self.info.en if self.info is not None else (self.fn.__doc__ or "")

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for arg in args:
            if type(arg) not in FAST:
                args = tuple([hand_over(arg, self.raw) for arg in args])
                break
        if kwargs:
            kwargs = _keywords(kwargs, self.raw, self.name)
            if "out" in kwargs:
                return self.write(args, kwargs)
        return self.apply(args, kwargs)

    def write(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The operation with `out=`: measured as one that makes a result, traced as one that changes `out`."""
        given = {key: value for key, value in kwargs.items() if key != "out"}
        meter = running.meter
        meter.ops += 1
        meter.clock()
        self.rule(meter, self.fn, args, given)
        recorder = running.recorder
        traced = recorder is not None and recorder.on and not self.quiet
        place = changed(kwargs["out"])
        before = recorder.snapshot(place) if recorder is not None and traced else None
        try:
            made = self.fn(*args, **kwargs)
        except Exception as error:
            if recorder is not None and traced:
                recorder.fail(self, self.name, args, given, error)
            raise translated(error) from None
        made = self._finish(made)
        if recorder is not None and traced:
            recorder.record(self, self.name, args, given, place if before is not None else made, before)
        return made

    def apply(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The operation on arguments that are already plain."""
        meter = running.meter
        meter.ops += 1
        if not meter.ops & 31:
            meter.clock()
        if len(args) > 1 or kwargs or self.rule is not broadcast:
            self.rule(meter, self.fn, args, kwargs)
        recorder = running.recorder
        if recorder is None or not recorder.on or self.quiet:
            try:
                out = self.fn(*args, **kwargs)
            except LimitReached:
                raise
            except Exception as error:
                raise translated(error) from None
            if type(out) is Tensor:
                if out.numel() > 64:
                    measure(out)
                return out
            return self._finish(out)
        return self._traced(recorder, args, kwargs)

    def pair(self, a: Any, b: Any) -> Any:
        """A binary elementwise operation on tensors and numbers, with as little around it as can be."""
        recorder = running.recorder
        if recorder is None or recorder.on:
            return self.apply((a, b), {})
        meter = running.meter
        meter.ops += 1
        if not meter.ops & 31:
            meter.clock()
        size = (a.numel() if type(a) is Tensor else 1) * (b.numel() if type(b) is Tensor else 1)
        if size > 64:
            return self.apply((a, b), {})
        try:
            return self.fn(a, b)
        except Exception as error:
            raise translated(error) from None

    def _traced(self, recorder: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        before = None
        if args and (self.inplace or (kwargs and kwargs.get("inplace") is True)):
            before = recorder.snapshot(args[0], args[1:])
        held = hold(recorder, args) if self.kind == "optimizer" else None
        try:
            out = self.fn(*args, **kwargs)
        except LimitReached:
            raise
        except Exception as error:
            recorder.fail(self, self.name, args, kwargs, error)
            raise translated(error) from None
        if type(out) is Tensor:
            measure(out)
        else:
            out = self._finish(out)
        recorder.record(self, self.name, args, kwargs, out, before)
        if held is not None:
            settle(recorder, held)
        return out

    def _finish(self, out: Any) -> Any:
        if isinstance(out, Tensor):
            measure(out)
        elif isinstance(out, np.ndarray):
            if out.dtype.hasobject:
                raise Refused("arrays of Python objects are not offered")
            running.meter.elements(out.size)
            running.meter.allocate(out.nbytes, False)
        else:
            for each in out if isinstance(out, list | tuple) else ():
                if isinstance(each, Tensor):
                    measure(each)
                elif isinstance(each, np.ndarray):
                    running.meter.elements(each.size)
                    running.meter.allocate(each.nbytes if each.flags.owndata else 0, False)
            out = receive(out)
        return out


def measure(out: Tensor) -> None:
    count = out.numel()
    if count > 64:
        meter = running.meter
        if count > meter.budget.elements:
            meter.elements(count)
        meter.allocate(count * out.element_size(), out.requires_grad)


_NO_MEMORY = ("DefaultCPUAllocator: ", "std::bad_alloc")
"""How torch says that it has no memory."""


def translated(error: Exception) -> BaseException:
    """An allocation that failed is a limit, not an error of the snippet's."""
    if isinstance(error, MemoryError) or (
        type(error) is RuntimeError and any(words in str(error) for words in _NO_MEMORY)
    ):
        return LimitReached("memory limit: there is not enough memory for this result")
    if isinstance(error, RecursionError):
        return LimitReached("depth limit: the snippet nests too deeply")
    return error


def let_limits_pass(error: Exception) -> None:
    """Called before anything of the snippet hears of an error: what is a limit after all cannot be caught."""
    found = translated(error)
    if isinstance(found, LimitReached):
        raise found from None


def _keywords(kwargs: dict[str, Any], raw: bool, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in kwargs.items():
        if key in DENIED and not (key == "generator" and getattr(kind_of(value), "random_source", False)):
            if value is None or value is False:
                continue
            if key == "out" and is_place(value):
                made[key] = value
                continue
            raise Refused(f"the keyword '{key}' is not offered in the lab", hint=f"leave {key}= out")
        if key == "non_blocking":
            continue
        made[key] = value if type(value) in FAST else hand_over(value, raw)
    device = made.get("device")
    if device is not None and device != "cpu" and str(device).split(":")[0] not in ("cpu", "cuda", "mps"):
        raise Refused(f"the device '{device}' is not offered", hint="the lab computes on the CPU")
    return made


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Nothing inside is written to the trace."""
    recorder = running.recorder
    was = recorder.on if recorder is not None else False
    if recorder is not None:
        recorder.on = False
    try:
        yield
    finally:
        if recorder is not None:
            recorder.on = was


__all__ = ["DENIED", "Op", "hand_over", "let_limits_pass", "measure", "translated", "untraced"]
