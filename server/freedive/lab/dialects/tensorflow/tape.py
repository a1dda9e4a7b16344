"""tf.GradientTape over torch's autograd: what is watched records, all else costs nothing."""

from __future__ import annotations

from typing import Any

import torch

from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import RECORDING, EagerTensor, Variable, convert
from freedive.lab.door import Op
from freedive.lab.kinds import Kind, Native, register
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
                        f"Passed in object {each!r} of type '{type(each).__name__}', not tf.Tensor or tf.Variable"
                    )
                if not each.t.requires_grad and each.t.is_floating_point() and not isinstance(each, Variable):
                    each.t = each.t.detach().requires_grad_()
                self.watched[id(each)] = each

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: Any = "none"
    ) -> Any:
        if self.used and not self.persistent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
            )
        self.used = True
        targets = [
            t
            for t in (collect(target) if isinstance(target, list | tuple) else [target])
            if isinstance(t, EagerTensor)
        ]
        single = isinstance(sources, EagerTensor)
        if isinstance(sources, dict):
            return {
                key: self._gradients(targets, [value], output_gradients)[0] for key, value in sources.items()
            }
        items = [sources] if single else collect(sources)
        found = self._gradients(targets, items, output_gradients)
        if str(getattr(unconnected_gradients, "name", unconnected_gradients)).lower().endswith("zero"):
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


class TapeKind(Kind):
    name = "tape"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "watch": Native("watch", Tape.watch, "Record what happens to a tensor."),
            "gradient": Native("gradient", Tape.gradient, "d target / d sources, by what the tape recorded."),
            "jacobian": Native("jacobian", Tape.jacobian),
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
            module="tensorflow",
            doc="Records operations for automatic differentiation.",
        )
    )
    TF.members["device"] = Native("device", lambda name=None: Device())
    TF.members["name_scope"] = Native("name_scope", lambda name=None: Device())
    TF.members["UnconnectedGradients"] = type_names("none", "zero")


def type_names(*names: str) -> Any:
    from freedive.lab.namespaces import Namespace

    return Namespace("tensorflow.UnconnectedGradients", {name.upper(): name for name in names})
