"""tf.GradientTape over torch's autograd: what is watched records, all else costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import RECORDING, EagerTensor, Variable, convert, run
from freedive.lab.door import Op
from freedive.lab.kinds import Kind, Native, kind_of, register, type_name
from freedive.lab.operators import collect
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type


class Tape:
    """One tape."""

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = bool(persistent)
        self.automatic = bool(watch_accessed_variables)
        self.watched: dict[int, Any] = {}
        self.used = False

    def watch(self, *values: Any) -> None:
        for value in values:
            for each in collect(value) if isinstance(value, list | tuple) else [value]:
                if not isinstance(each, EagerTensor):
                    raise ValueError(
                        f"Passed in object {kind_of(each).repr(each)} of type '{type_name(each)}', not tf.Tensor or tf.Variable or ExtensionType."
                    )
                if not each.t.requires_grad and each.t.is_floating_point():
                    before, each.t = each.t, each.t.detach().requires_grad_()
                    if running.recorder is not None:
                        running.recorder.renew(before, each.t)
                self.watched[id(each)] = each

    def saw(self, variable: Variable) -> None:
        """A variable was read while the tape records."""
        if self.automatic:
            self.watched.setdefault(id(variable), variable)

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: Any = "none"
    ) -> Any:
        if self.used and not self.persistent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
            )
        self.used = True
        given = (
            list(target.values())
            if isinstance(target, dict)
            else collect(target)
            if isinstance(target, list | tuple)
            else [target]
        )
        for each in given:
            if each is not None and not isinstance(each, EagerTensor):
                error: Any = AttributeError(f"'{_class(each)}' object has no attribute '_id'")
                error.hint = "the target must be a tensor: NumPy and .numpy() leave the tape"
                raise error
        targets = [t for t in given if t is not None]
        single = isinstance(sources, EagerTensor)
        if isinstance(sources, dict):
            made = {
                key: self._gradients(targets, [value], output_gradients)[0] for key, value in sources.items()
            }
            self._tell([sources[key] for key, each in made.items() if each is None], targets)
            return made
        items = [sources] if single else collect(sources)
        found = self._gradients(targets, items, output_gradients)
        if not str(getattr(unconnected_gradients, "name", unconnected_gradients)).lower().endswith("zero"):
            self._tell([s for s, g in zip(items, found, strict=True) if g is None], targets)
        else:
            found = [
                EagerTensor(torch.zeros_like(s.t)) if g is None else g
                for g, s in zip(found, items, strict=True)
            ]
        return found[0] if single else found

    def _reachable(self, source: Any) -> bool:
        if not isinstance(source, EagerTensor) or not source.t.requires_grad:
            return False
        if source.t.grad_fn is not None or id(source) in self.watched:
            return True
        return isinstance(source, Variable) and self.automatic and source.trainable

    def _gradients(self, targets: list[EagerTensor], sources: list[Any], output_gradients: Any) -> list[Any]:
        reachable = [s for s in sources if self._reachable(s)]
        live = [t.t for t in targets if t.t.requires_grad]
        if not reachable or not live:
            return [None] * len(sources)
        running.meter.spend_backward()
        weights: Any = [torch.ones_like(t) for t in live]
        if output_gradients is not None:
            given = output_gradients if isinstance(output_gradients, list | tuple) else [output_gradients]
            weights = [convert(g) for g in given]
        higher = bool(RECORDING.tapes)
        found = GRADIENT.call((live, [s.t for s in reachable], weights, higher), {})
        by_id = {id(s): g for s, g in zip(reachable, found, strict=True)}
        return [None if by_id.get(id(s)) is None else EagerTensor(by_id[id(s)]) for s in sources]

    def _tell(self, lost: list[Any], targets: list[EagerTensor]) -> None:
        """Sources without a gradient: findings say why."""
        for source in lost:
            if isinstance(source, EagerTensor) and running.recorder is not None:
                why = (
                    "integer" if not source.t.is_floating_point() and not source.t.is_complex()
                    else "frozen" if isinstance(source, Variable) and not source.trainable
                    else "off" if isinstance(source, Variable) and not self.automatic and id(source) not in self.watched
                    else "cut" if self._reachable(source)
                    else "unwatched"
                )  # fmt: skip
                running.recorder.moment("no gradient", source.t, (why, isinstance(source, Variable), [t.t for t in targets]))  # fmt: skip

    def batch_jacobian(self, target: Any, source: Any, **kwargs: Any) -> Any:
        """The Jacobian of each row by its own row."""
        full = self.jacobian(target, source)
        if full is None:
            return None
        rows, inner = target.t.shape[0], target.t.dim()
        return EagerTensor(torch.stack([full.t.select(inner, k)[k] for k in range(rows)]))

    def jacobian(self, target: Any, sources: Any, **kwargs: Any) -> Any:
        self.used = True
        single = isinstance(sources, EagerTensor)
        items = [sources] if single else collect(sources)
        running.meter.elements(target.t.numel() * sum(s.t.numel() for s in items))
        made: list[EagerTensor | None] = []
        for source in items:
            if not self._reachable(source) or not target.t.requires_grad:
                made.append(None)
                continue
            rows = []
            for element in target.t.reshape(-1):
                running.meter.step()
                (row,) = torch.autograd.grad(
                    element,
                    source.t,
                    retain_graph=True,
                    allow_unused=True,
                    create_graph=bool(RECORDING.tapes),
                )
                rows.append(torch.zeros_like(source.t) if row is None else row)
            made.append(EagerTensor(torch.stack(rows).reshape(*target.t.shape, *source.t.shape)))
        return made[0] if single else made


def _gradient(targets: list[Any], sources: list[Any], weights: list[Any], higher: bool) -> Any:
    recorder = running.recorder
    if recorder is not None and recorder.on:
        recorder.roots += [t.grad_fn for t in targets]
    return torch.autograd.grad(
        targets, sources, weights, retain_graph=True, create_graph=higher, allow_unused=True
    )


GRADIENT = Op("gradient", _gradient, "autograd", "none")


def _class(value: Any) -> str:
    return f"numpy.{type_name(value)}" if isinstance(value, np.generic | np.ndarray) else type_name(value)


def with_gradient(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a function under tf.custom_gradient gives: its own value, and on the way back what its second result says."""
    inputs = [convert(each) if isinstance(each, EagerTensor) else each for each in args]
    held = [t.detach() if isinstance(t, torch.Tensor) else t for t in inputs]
    value, back = running.call(
        function, tuple(EagerTensor(t) if isinstance(t, torch.Tensor) else t for t in held), kwargs
    )
    tensors = [t for t in inputs if isinstance(t, torch.Tensor)]

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *given: torch.Tensor) -> torch.Tensor:
            return value.t.detach().clone()  # type: ignore[no-any-return]

        @staticmethod
        def backward(ctx: Any, upstream: torch.Tensor) -> Any:
            made = running.call(back, (EagerTensor(upstream),))
            parts = collect(made) if isinstance(made, list | tuple) else [made]
            return tuple(None if g is None else convert(g) for g in parts)

    return run(Op("custom_gradient", Own.apply, "elementwise", "none"), tuple(tensors))


class TapeKind(Kind):
    name = "tape"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "watch": Native("watch", Tape.watch, "Record what happens to a tensor."),
            "gradient": Native("gradient", Tape.gradient, "d target / d sources, by what the tape recorded."),
            "jacobian": Native("jacobian", Tape.jacobian), "batch_jacobian": Native("batch_jacobian", Tape.batch_jacobian),
            "watched_variables": Native("watched_variables", lambda tape: tuple(v for v in tape.watched.values() if isinstance(v, Variable))),
            "stop_recording": Native("stop_recording", lambda tape: Stopped(tape)),
            "reset": Native("reset", lambda tape: tape.watched.clear()),
        }  # fmt: skip

    def enter(self, value: Any) -> Any:
        RECORDING.tapes.append(value)
        return value

    def leave(self, value: Any, failed: BaseException | None) -> None:
        if value in RECORDING.tapes:
            RECORDING.tapes.remove(value)

    def repr(self, value: Any) -> str:
        return "<tensorflow.python.eager.backprop.GradientTape object>"


class Stopped:
    """with tape.stop_recording()."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape


class StoppedKind(Kind):
    def enter(self, value: Any) -> Any:
        RECORDING.tapes.remove(value.tape)
        return None

    def leave(self, value: Any, failed: BaseException | None) -> None:
        RECORDING.tapes.append(value.tape)


class Device:
    """with tf.device('/GPU:0'): the lab has one device; the block runs on it."""


class DeviceKind(Kind):
    def enter(self, value: Any) -> Any:
        return None


register(TapeKind(), Tape)
register(StoppedKind(), Stopped)
register(DeviceKind(), Device)


def load() -> None:
    TF.members["GradientTape"] = publish_type(
        TypeRef(
            "GradientTape",
            Tape,
            Tape,
            module="tensorflow.python.eager.backprop",
            doc="Records operations for automatic differentiation.",
        )
    )
    TF.members["device"] = Native("device", lambda name=None: Device())
    TF.members["name_scope"] = Native("name_scope", lambda name=None: Device())
    TF.members["UnconnectedGradients"] = type_names("none", "zero")


def type_names(*names: str) -> Any:
    from freedive.lab.namespaces import Namespace

    return Namespace("tensorflow.UnconnectedGradients", {name.upper(): name for name in names})
