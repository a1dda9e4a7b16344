"""keras.layers as a namespace, and how a layer behaves as a value of a snippet.

A little over 400 lines: a good part of it is the table of layers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.classes import InstanceKind, NativeClass, member_of, set_property
from freedive.lab.dialects.keras.basic import (
    Activation,
    ActivityRegularization,
    Dense,
    EinsumDense,
    InputLayer,
    Lambda,
    Masking,
    PReLU,
    _dot,
    _merge,
    _noise,
    _product,
    _random_layer,
    _reshape,
    _simple,
    _stack_max,
    _total,
)
from freedive.lab.dialects.keras.constraints import constraint
from freedive.lab.dialects.keras.functions import KERAS, Regularizer, initial
from freedive.lab.dialects.keras.layer import (
    KerasTensor,
    Layer,
    Module,
    build_for,
    call_layer,
    freeze,
    penalties,
    ready,
    sublayers,
    unique,
    variables,
)
from freedive.lab.dialects.keras.normalizing import (
    BatchNormalization,
    Embedding,
    GroupNormalization,
    LayerNormalization,
    Normalization,
    RMSNormalization,
    SpectralNormalization,
)
from freedive.lab.dialects.keras.pictures import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv2D,
    SeparableConv2D,
    _cropping,
    _pooling,
    _resize,
    _zero_padding,
)
from freedive.lab.dialects.keras.preparing import (
    CategoryEncoding,
    Discretization,
    RandomFlip,
    Resizing,
    StringLookup,
    TextVectorization,
)
from freedive.lab.dialects.keras.sequences import (
    GRU,
    LSTM,
    RNN,
    AdditiveAttention,
    Attention,
    Bidirectional,
    GRUCell,
    LSTMCell,
    MultiHeadAttention,
    SimpleRNN,
    SimpleRNNCell,
    TimeDistributed,
)
from freedive.lab.dialects.keras.weights import WEIGHT_TYPE, Weight, scope
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable, convert, dtype_of, run
from freedive.lab.door import untraced
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.problems import no_attribute
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type


def _floating(x: torch.Tensor) -> torch.Tensor:
    return x if x.is_floating_point() else x.float()


def _make_classes() -> dict[str, type[Layer]]:
    made: dict[str, type[Layer]] = {
        c.__name__: c for c in (Dense, Activation, Conv1D, Conv2D, Conv3D, Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, RMSNormalization, DepthwiseConv2D, BatchNormalization, LayerNormalization,
                                Embedding, SimpleRNN, LSTM, GRU, Bidirectional, TimeDistributed, Lambda, Normalization, MultiHeadAttention, PReLU, InputLayer,
                                ActivityRegularization, EinsumDense, Masking, GroupNormalization, SpectralNormalization, SeparableConv2D, RNN, SimpleRNNCell, LSTMCell, GRUCell,
                                Attention, AdditiveAttention, Resizing, RandomFlip, CategoryEncoding, Discretization, StringLookup, TextVectorization)
    }  # fmt: skip
    simple: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("ReLU", "activation", lambda x, max_value=None, negative_slope=0.0, threshold=0.0: torch.clamp(F.leaky_relu(x, negative_slope), max=max_value) if max_value is not None else F.leaky_relu(x, negative_slope), {"max_value": None, "negative_slope": 0.0}),
        ("LeakyReLU", "activation", lambda x, negative_slope=0.3, alpha=None: F.leaky_relu(x, negative_slope if alpha is None else alpha), {"negative_slope": 0.3, "alpha": None}),
        ("ELU", "activation", lambda x, alpha=1.0: F.elu(x, alpha), {"alpha": 1.0}),
        ("Softmax", "activation", lambda x, axis=-1: torch.softmax(x, axis), {"axis": -1}),
        ("Flatten", "movement", lambda x, data_format=None: x.flatten(1) if x.dim() > 1 else x.unsqueeze(-1), {"data_format": None}),
        ("Reshape", "movement", _reshape, {"target_shape": ()}), ("Permute", "movement", lambda x, dims: x.permute(0, *dims), {"dims": ()}),
        ("RepeatVector", "movement", lambda x, n: x.unsqueeze(1).repeat(1, n, 1), {"n": 1}),
        ("GlobalAveragePooling1D", "reduction", lambda x, keepdims=False: _floating(x).mean(1, keepdim=keepdims), {"keepdims": False}),
        ("GlobalAveragePooling2D", "reduction", lambda x, keepdims=False: _floating(x).mean((1, 2), keepdim=keepdims), {"keepdims": False}),
        ("GlobalMaxPooling1D", "reduction", lambda x, keepdims=False: x.amax(1, keepdim=keepdims), {"keepdims": False}),
        ("GlobalMaxPooling2D", "reduction", lambda x, keepdims=False: x.amax((1, 2), keepdim=keepdims), {"keepdims": False}),
        ("UpSampling2D", "movement", _resize, {"size": 2, "data_format": None, "interpolation": "nearest"}), ("ZeroPadding2D", "movement", _zero_padding, {"padding": 1}),
        ("Cropping2D", "movement", _cropping, {"cropping": 0}), ("Rescaling", "elementwise", lambda x, scale=1.0, offset=0.0: x.float() * scale + offset, {"scale": 1.0, "offset": 0.0}),
        ("Identity", "elementwise", lambda x: x, {}), ("ZeroPadding1D", "movement", lambda x, padding=1: F.pad(x, (0, 0, *((padding, padding) if isinstance(padding, int) else padding))), {"padding": 1}),
        ("Cropping1D", "movement", lambda x, cropping=(1, 1): x[:, cropping[0] : x.shape[1] - cropping[1]], {"cropping": (1, 1)}),
        ("GlobalAveragePooling3D", "reduction", lambda x, keepdims=False: _floating(x).mean((1, 2, 3), keepdim=keepdims), {"keepdims": False}),
        ("UpSampling1D", "movement", lambda x, size=2: x.repeat_interleave(size, 1), {"size": 2}), ("UnitNormalization", "activation", lambda x, axis=-1: F.normalize(x, dim=axis), {"axis": -1}),
    ]  # fmt: skip
    for name, kind, compute, parameters in simple:
        made[name] = _simple(name, kind, compute, parameters)
    made["Dropout"] = _random_layer(
        "Dropout", lambda x, rate: F.dropout(x, rate), {"rate": 0.5, "noise_shape": None, "seed": None}
    )
    made["SpatialDropout2D"] = _random_layer(
        "SpatialDropout2D", lambda x, rate: F.dropout2d(x.movedim(-1, 1), rate).movedim(1, -1), {"rate": 0.5}
    )
    made["SpatialDropout1D"] = _random_layer(
        "SpatialDropout1D", lambda x, rate: F.dropout1d(x.movedim(-1, 1), rate).movedim(1, -1), {"rate": 0.5}
    )
    made["AlphaDropout"] = _random_layer(
        "AlphaDropout", lambda x, rate: F.alpha_dropout(x, rate, True), {"rate": 0.5}
    )
    made["GaussianDropout"] = _random_layer(
        "GaussianDropout",
        lambda x, rate: x * (1 + torch.randn_like(x) * (rate / (1 - rate)) ** 0.5),
        {"rate": 0.5},
    )
    for short, name in (("GlobalMaxPool", "GlobalMaxPooling"), ("GlobalAvgPool", "GlobalAveragePooling")):
        for axes in (1, 2):
            made[f"{short}{axes}D"] = made[f"{name}{axes}D"]
    made["Convolution2D"], made["Convolution1D"] = Conv2D, Conv1D
    made["GaussianNoise"] = _random_layer("GaussianNoise", _noise, {"stddev": 0.1, "seed": None})
    for name, merge in (("Add", _total), ("Multiply", _product), ("Maximum", _stack_max), ("Subtract", lambda v, a: v[0] - v[1]), ("Average", lambda v, a: _total(v, a) / len(v)), ("Minimum", lambda v, a: torch.minimum(v[0], v[1])), ("Concatenate", lambda v, a: torch.cat(v, a)), ("Dot", _dot)):  # fmt: skip
        made[name] = _merge(name, merge)
    for axes in (1, 2, 3):
        made[f"MaxPooling{axes}D"] = made[f"MaxPool{axes}D"] = _pooling(f"MaxPooling{axes}D", axes, "max")
        made[f"AveragePooling{axes}D"] = made[f"AvgPool{axes}D"] = _pooling(
            f"AveragePooling{axes}D", axes, "avg"
        )
    return made


# ------------------------------------------------------------ the kind
def _add_weight(
    layer: Layer,
    shape: Any = None,
    initializer: Any = None,
    dtype: Any = None,
    trainable: bool = True,
    regularizer: Any = None,
    name: Any = None,
    **kwargs: Any,
) -> Variable:
    if isinstance(shape, str):  # the old order: name first
        name, shape = shape, initializer
        initializer = kwargs.get("initializer")
    sizes = [] if shape is None else [int(s) for s in shape_list(shape)]
    with untraced(), scope(layer.name):
        start = initial(initializer, sizes).to(dtype_of(dtype or "float32"))
        made = Weight(start, trainable, str(name or unique("variable")), constraint(kwargs.get("constraint")))
    layer.extra.append(made)
    if regularizer is not None and isinstance(regularizer, Regularizer):
        layer.penalties.append((made, regularizer))
    return made


def _get_weights(module: Module) -> list[Any]:
    return [v.numpy() if v.t.dim() else np.asarray(v.numpy()) for v in variables(module)]


def _set_weights(module: Module, weights: Any) -> None:
    given, own = collect(weights), variables(module)
    if len(given) != len(own):
        raise ValueError(
            f"You called `set_weights(weights)` with a weight list of length {len(given)}, but the layer was expecting {len(own)} weights."
        )
    for v, new in zip(own, given, strict=True):
        t = convert(new, like=v.t.dtype).detach()
        if t.shape != v.t.shape:
            told = f"weight shape {tuple(v.t.shape)} is not compatible with provided weight shape {tuple(t.shape)}."
            raise ValueError(f"Layer {getattr(module, 'name', '')} {told}")
        v.write(t)


class LayerKind(InstanceKind):
    """Layers, models and modules: the snippet's own members, fields, then a table."""

    name = "layer"
    rank = 80

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "weights": Property(variables), "variables": Property(variables), "trainable_weights": Property(lambda m: variables(m, True)),
            "trainable_variables": Property(lambda m: variables(m, True)), "non_trainable_weights": Property(lambda m: variables(m, False)),
            "non_trainable_variables": Property(lambda m: variables(m, False)), "get_weights": Native("get_weights", _get_weights),
            "set_weights": Native("set_weights", _set_weights), "count_params": Native("count_params", _count),
            "add_weight": Native("add_weight", _add_weight), "add_variable": Native("add_variable", _add_weight), "add_loss": Native("add_loss", lambda m, loss: m.added.append(loss)),
            "build": Native("build", _build), "call": Native("call", lambda m, *a, **k: call_layer(m, a, k)),
            "submodules": Property(lambda m: tuple(sublayers(m))),  "adapt": Native("adapt", lambda m, d: m.adapt(d)),
            "get_config": Native("get_config", _config), "compute_output_shape": Native("compute_output_shape", lambda m, s: m.output_shape), "reset_states": Native("reset_states", lambda m: None), "input_spec": Property(lambda m: None), "compute_mask": Native("compute_mask", _mask),
            "get_vocabulary": Native("get_vocabulary", lambda m, **k: list(m.words)), "vocabulary_size": Native("vocabulary_size", lambda m: len(m.words)),
            "input": Property(lambda m: _end(m, "input")), "output": Property(lambda m: _end(m, "output")), "path": Property(lambda m: m.name), "losses": Property(lambda m: [EagerTensor(t) for t in penalties(m)]),
            "metrics": Property(lambda m: []), "dtype": Property(lambda m: "float32"), "add_metric": Native("add_metric", lambda m, *a, **k: None),
        }  # fmt: skip

    def class_of(self, value: Any) -> Any:
        owner = getattr(type(value), "lab_class", None)
        return (
            owner
            if owner is not None
            else publish_type(
                CLASSES.get(type(value).__name__) or NativeClass(type(value).__name__, type(value))
            )
        )

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def dir(self, value: Any) -> list[str]:
        return sorted({*self.attributes, *value.fields, *(n for n in _PLAIN if hasattr(value, n))})

    def vars(self, value: Any) -> dict[str, Any]:
        return dict(value.fields)

    def getattr(self, value: Any, name: str) -> Any:
        if name in value.fields:
            return value.fields[name]
        found, member = member_of(value, name)
        if found:
            return member
        if name in self.attributes:
            if isinstance(value, Layer):
                ready(value)
            return Kind.getattr(self, value, name)
        if name in _PLAIN and hasattr(value, name):
            made: Any = getattr(value, name)
            if isinstance(made, torch.Tensor):
                return EagerTensor(made)
            return tuple(made) if isinstance(made, list) and name.endswith("shape") else made
        raise no_attribute(type(value).__name__, name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if set_property(value, name, new):
            return
        if name == "trainable" and isinstance(value, Layer):
            freeze(value, bool(new))
        elif name in ("trainable", "name", "built"):
            setattr(value, name, new)
        else:
            value.fields[name] = new

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        own = self.own(value, "__call__")
        if own is not None:
            return running.call(own, args, kwargs)
        if not isinstance(value, Layer):
            raise TypeError(f"'{type(value).__name__}' object is not callable")
        return call_layer(value, args, kwargs)

    def repr(self, value: Any) -> str:
        function = self.own(value, "__repr__")
        if function is not None:
            return str(running.call(function, ()))
        return f"<{type(value).__name__} name={getattr(value, 'name', '')}, built={getattr(value, 'built', False)}>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        shapes = [[getattr(v, "path", v.name), list(v.t.shape)] for v in variables(value)]
        return {
            "kind": "nn_module",
            "data": type(value).__name__,
            "repr": encoder.clip(self.repr(value)),
            "parameters": shapes[:200],
        }


_PLAIN = frozenset({"name", "trainable", "built", "units", "activation", "use_bias", "filters", "kernel_size", "strides", "padding", "pool_size", "output_shape", "axis", "epsilon", "momentum", "layer", "kernel_regularizer", "input_dim", "output_dim", "mask_zero", "mask_value", "state_size", "mean", "variance", "rate", "heads"})  # fmt: skip


def _config(layer: Any) -> dict[str, Any]:
    def told(name: str) -> Any:
        value = getattr(layer, name)
        return "linear" if name == "activation" and value is None else value

    return {
        k: told(k)
        for k in ("name", "trainable", "units", "activation", "use_bias", "filters", "kernel_size")
        if hasattr(layer, k)
    } | {k: v for k, v in layer.fields.items() if isinstance(v, int | float | str)}


def _from_config(cls: Any) -> Native:
    """Make a layer of the snippet's own from what its get_config told."""
    return Native("from_config", lambda config: running.call(cls, (), dict(config)))


def _count(module: Module) -> int:
    if not getattr(module, "built", True):
        name = getattr(module, "name", "")
        raise ValueError(
            f"You tried to call `count_params` on layer '{name}', but the layer isn't built. "
            "You can build it manually via: `layer.build(input_shape)`."
        )
    return sum(v.t.numel() for v in variables(module))


def _build(layer: Layer, input_shape: Any = None) -> None:
    build_for(
        layer, None if input_shape is None else [None if s is None else int(s) for s in collect(input_shape)]
    )


def _mask(layer: Layer, inputs: Any, previous_mask: Any = None) -> Any:
    made = layer.new_mask(EagerTensor(convert(inputs)))
    return previous_mask if made is None else EagerTensor(made)


def _end(layer: Layer, which: str) -> Any:
    found = getattr(layer, which, None)
    if found is None:
        raise AttributeError(f"The layer {layer.name} has never been called and thus has no defined {which}.")
    return found


LAYER = LayerKind()
register(LAYER, Module)
CLASSES: dict[str, NativeClass] = {}


def Input(
    shape: Any = None, batch_size: Any = None, name: Any = None, dtype: Any = None, **kwargs: Any
) -> KerasTensor:
    """A place where data comes in."""
    if "batch_shape" in kwargs:
        shape = collect(kwargs["batch_shape"])[1:]
    sizes = [shape] if isinstance(shape, int) else collect(shape if shape is not None else ())
    kind = getattr(dtype, "name", dtype) or "float32"
    return KerasTensor([batch_size, *sizes], [], InputLayer(shape=sizes, name=name), None, name, str(kind))


def load() -> None:
    space = Namespace("keras.layers", doc="Layers.")
    overrides = ("call", "build", "get_config", "compute_output_shape")
    base = NativeClass("Layer", Layer, module="keras.src.layers.layer", overrides=overrides)
    base.shared["from_config"] = _from_config
    classes: dict[str, type[Layer]] = {"Layer": Layer, **_make_classes()}
    for name, python in classes.items():
        ref = (
            base
            if name == "Layer"
            else NativeClass(name, python, module="keras.src.layers", overrides=overrides)
        )
        publish_type(ref)
        CLASSES[name] = ref
        space.members[name] = ref
    space.members["Input"] = Native("Input", Input, "A place where data comes in.")
    for name, source in (
        ("add", "Add"),
        ("multiply", "Multiply"),
        ("concatenate", "Concatenate"),
        ("average", "Average"),
        ("maximum", "Maximum"),
        ("subtract", "Subtract"),
    ):
        space.members[name] = Native(
            name,
            (lambda s: lambda inputs, **k: call_layer(running.call(space.members[s], (), k), (inputs,), {}))(
                source
            ),
        )
    KERAS.members.update(
        layers=space,
        Layer=base,
        Input=space.members["Input"],
        Variable=WEIGHT_TYPE,
        KerasTensor=publish_type(TypeRef("KerasTensor", KerasTensor, module="keras")),
    )
    TF.members["Module"] = publish_type(NativeClass("Module", Module, module="tensorflow", overrides=()))
    publish(space)


__all__ = [
    "CLASSES",
    "LAYER",
    "KerasTensor",
    "Layer",
    "Module",
    "call_layer",
    "penalties",
    "run",
    "variables",
]
