"""Model and Sequential: layers in a graph or in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab.dialects.keras.basic import InputLayer
from freedive.lab.dialects.keras.layer import (
    KerasTensor,
    Layer,
    run_layer,
)
from freedive.lab.dialects.keras.metrics import Metric
from freedive.lab.dialects.keras.optimizers import Optimizer
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.door import untraced
from freedive.lab.operators import collect
from freedive.lab.running import running


class Model(Layer):
    """Layers that are trained together. With inputs and outputs it is functional, else its own `call` says what it does."""

    def __init__(
        self, *args: Any, inputs: Any = None, outputs: Any = None, name: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, **{k: v for k, v in kwargs.items() if k in ("trainable", "dtype")})
        if args:
            inputs, outputs = args[0], args[1] if len(args) > 1 else outputs
        self.inputs, self.outputs = inputs, outputs
        self.layers: list[Any] = []
        self.optimizer: Optimizer | None = None
        self.loss: Any = None
        self.loss_function: Any = None
        self.wanted: list[Any] = []
        self.metrics: list[Metric] | None = None
        self.history: Any = None
        self.stop_training = False
        if outputs is not None:
            self.built = True
            self._collect()

    def _collect(self) -> None:
        seen: set[int] = set()
        for out in _flat(self.outputs):
            for place in _order(out, seen):
                if place.layer is not None and place.layer not in self.layers:
                    self.layers.append(place.layer)

    def forward(self, x: Any, training: bool) -> Any:
        if self.outputs is None:
            raise TypeError(f"Model {type(self).__name__} does not have a `call()` method implemented.")
        given = {
            id(p): v if isinstance(v, EagerTensor) else EagerTensor(convert(v))
            for p, v in zip(_flat(self.inputs), _flat(x), strict=True)
        }
        running.__dict__["keras_training"], was = training, running.__dict__.get("keras_training", False)
        try:
            made = [_value(out, given) for out in _flat(self.outputs)]
        finally:
            running.__dict__["keras_training"] = was
        return made if isinstance(self.outputs, list | tuple) else made[0]


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def _order(place: KerasTensor, seen: set[int]) -> Iterator[KerasTensor]:
    if id(place) in seen:
        return
    seen.add(id(place))
    for parent in place.parents:
        yield from _order(parent, seen)
    yield place


def _value(place: KerasTensor, known: dict[int, Any]) -> Any:
    if id(place) not in known:
        for each in _order(place, set(known)):
            if id(each) not in known:
                if each.make is None:
                    raise ValueError("the outputs of this model need an input that is not among its inputs")
                known[id(each)] = each.make([known[id(p)] for p in each.parents])
    return known[id(place)]


class Sequential(Model):
    """Layers in a row."""

    def __init__(self, layers: Any = None, trainable: bool = True, name: Any = None) -> None:
        super().__init__(name=name)
        self.start: Any = None
        for layer in collect(layers) if layers is not None else []:
            self.add(layer)

    def add(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor):
            layer = layer.layer
        if isinstance(layer, InputLayer):
            self.start = layer.given_shape
            return
        if not isinstance(layer, Layer):
            raise TypeError(
                f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer!r} (of type {type(layer)})"
            )
        if not self.layers and layer.given_shape is not None:
            self.start = layer.given_shape
        self.layers.append(layer)
        self.built = False
        if self.start is not None:
            self.infer(self.start)

    def infer(self, shape: list[Any]) -> None:
        """Make all weights by a run on zeros."""
        with untraced():
            x: Any = EagerTensor(torch.zeros([2, *[1 if s is None else s for s in shape[1:]]]))
            for layer in self.layers:
                x = run_layer(layer, (x,), {"training": False})
                layer.output_shape = [None, *list(x.t.shape)[1:]]
        self.built = True

    def build(self, shape: Any) -> None:
        if shape is not None and not any(layer.built for layer in self.layers):
            self.infer(list(shape))

    def forward(self, x: Any, training: bool) -> Any:
        for layer in self.layers:
            x = run_layer(layer, (x,), {"training": training})
        return x


def _listed(model: Model) -> list[Any]:
    from freedive.lab.dialects.keras.layer import sublayers

    return [m for m in sublayers(model) if isinstance(m, Layer)]
