"""Model and Sequential: layers in a graph or in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from freedive.lab.dialects.keras.basic import InputLayer
from freedive.lab.dialects.keras.layer import KerasTensor, Layer, call_layer, run_layer, unique
from freedive.lab.dialects.keras.optimizers import Optimizer
from freedive.lab.dialects.keras.weights import scope
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.kinds import kind_of
from freedive.lab.operators import collect
from freedive.lab.plain import show
from freedive.lab.running import running
from freedive.lab.types import type_of


class Model(Layer):
    """Layers that are trained together. With inputs and outputs it is functional, else its own `call` says what it does."""

    def __init__(
        self, *args: Any, inputs: Any = None, outputs: Any = None, name: Any = None, **kwargs: Any
    ) -> None:
        if args:
            inputs, outputs = args[0], args[1] if len(args) > 1 else outputs
        if name is None and outputs is not None and type(self) is Model:
            name = unique("Functional")
        super().__init__(name=name, **{k: v for k, v in kwargs.items() if k in ("trainable", "dtype")})
        self.inputs, self.outputs = inputs, outputs
        self.layers: list[Any] = []
        self.optimizer: Optimizer | None = None
        self.loss: Any = None
        self.loss_function: Any = None
        self.wanted: list[Any] = []
        self.metrics: list[Any] | None = None
        self.history: Any = None
        self.stop_training = False
        self.loss_weights: Any = None
        self.tracker: Any = None
        self.parts: dict[str, float] = {}
        """The losses of the outputs at the newest step, where there are several."""
        self.told: dict[str, float] = {}
        """What a train_step of the snippet's own told at the newest step."""
        if outputs is not None:
            self.built = True
            self._collect()

    def _collect(self) -> None:
        self.layers = _by_depth(_in_order(self.outputs))
        for place in _flat(self.inputs):
            if place.layer is not None and place.layer.output_shape is None:
                place.layer.output_shape = place.shape
        self.output_shape = (
            [p.shape for p in _flat(self.outputs)]
            if isinstance(self.outputs, list | tuple | dict)
            else self.outputs.shape
        )

    def forward(self, x: Any, training: bool) -> Any:
        if self.outputs is None:
            raise TypeError(f"Model {type(self).__name__} does not have a `call()` method implemented.")
        given = {
            id(p): v if isinstance(v, EagerTensor) else EagerTensor(convert(v))
            for p, v in zip(_flat(self.inputs), self._matched(x), strict=True)
        }
        running.__dict__["keras_training"], was = training, running.__dict__.get("keras_training", False)
        try:
            made = [_value(out, given) for out in _flat(self.outputs)]
        finally:
            running.__dict__["keras_training"] = was
        if isinstance(self.outputs, dict):
            return dict(zip(self.outputs, made, strict=True))
        return made if isinstance(self.outputs, list | tuple) else made[0]

    def _matched(self, x: Any) -> list[Any]:
        """The data in the order of the inputs: by name where it is a dict."""
        if not isinstance(x, dict):
            return _flat(x)
        if isinstance(self.inputs, dict):
            return [x[key] for key in self.inputs]
        return [x[p.name] if p.name in x else x[p.layer.name] for p in _flat(self.inputs)]

    def names(self) -> list[str]:
        """What the outputs are called."""
        if isinstance(self.outputs, dict):
            return list(self.outputs)
        return [p.layer.name if p.layer is not None else p.name for p in _flat(self.outputs)]


def _in_order(outputs: Any) -> list[KerasTensor]:
    """Outputs as Keras flattens them: those of a dict by their names."""
    return [outputs[key] for key in sorted(outputs)] if isinstance(outputs, dict) else _flat(outputs)


def _by_depth(outputs: list[KerasTensor]) -> list[Any]:
    """The layers from the far end of the graph to its outputs; those equally far in the order in which they are met."""
    met: dict[int, int] = {}
    order: list[KerasTensor] = []
    seen: set[int] = set()

    def key(place: KerasTensor) -> int:
        return id(place if place.layer is None else place.layer)

    def visit(place: KerasTensor) -> None:
        if id(place) not in seen:
            seen.add(id(place))
            met.setdefault(key(place), len(met))
            for parent in place.parents:
                visit(parent)
            order.append(place)

    for out in outputs:
        visit(out)
    far: dict[int, int] = {}
    depth: dict[int, int] = {}
    for place in reversed(order):
        far[id(place)] = depth[key(place)] = max(far.get(id(place), 0), depth.get(key(place), 0))
        for parent in place.parents:
            far[id(parent)] = max(far[id(place)] + 1, far.get(id(parent), 0))
    layers = {key(place): place.layer for place in order if place.layer is not None}
    return [layers[k] for k in sorted(layers, key=lambda k: (-depth[k], met[k]))]


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
        self.kind = "float32"
        for layer in collect(layers) if layers is not None else []:
            self.add(layer)

    def add(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor):
            self.kind = layer.dtype
            layer = layer.layer
        if isinstance(layer, InputLayer):
            self.start = layer.given_shape
            return
        if not isinstance(layer, Layer):
            shown = kind_of(layer).text(layer)
            raise ValueError(
                "Only instances of `keras.Layer` can be added to a Sequential model. "
                f"Received: {shown} (of type {show(type_of(layer))})"
            )
        if not self.layers and layer.given_shape is not None:
            self.start = layer.given_shape
        if not self.layers and self.start is None and isinstance(layer, Model) and layer.inputs is not None:
            self.start = _flat(layer.inputs)[0].shape
        self.layers.append(layer)
        self.built = False
        if self.start is not None:
            self.infer(self.start)

    def pop(self) -> Any:
        """Take the last layer off."""
        gone = self.layers.pop()
        if self.start is not None:
            self.infer(self.start)
        return gone

    def infer(self, shape: list[Any]) -> None:
        """Make all weights by a run on zeros, and the places that `layer.output` gives."""
        place = KerasTensor(
            list(shape), [], InputLayer(shape=shape[1:], name="input_layer"), None, dtype=self.kind
        )
        self.inputs = [place]
        with scope(self.name):
            for layer in self.layers:
                layer.nodes.clear()
                place = call_layer(layer, (place,), {})
        self.outputs = [place]
        self.output_shape = place.shape
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
