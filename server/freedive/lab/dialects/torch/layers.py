"""torch.nn: the namespace of layers, the classes that a snippet may call and extend. Their objects are in `modules`."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from freedive.lab.classes import NativeClass
from freedive.lab.dialects.torch.costs import LAYERS, weights
from freedive.lab.dialects.torch.functions import FUNCTIONAL, TORCH
from freedive.lab.dialects.torch.methods import Tensor
from freedive.lab.dialects.torch.modules import CLASSES
from freedive.lab.door import Op, hand_over
from freedive.lab.exchange import Borrowed, callback
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Native
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import publish_type

NN = Namespace("torch.nn", doc="Layers, losses and containers.")


def _parameter_class() -> NativeClass:
    def make(data: Any = None, requires_grad: bool = True) -> nn.Parameter:
        return nn.Parameter(data if data is not None else torch.empty(0), requires_grad)

    return NativeClass("Parameter", nn.Parameter, module="torch.nn.parameter", make=make, extendable=False)


def _made(python: type[nn.Module]) -> Any:
    """A layer's constructor, refused when its weights would be too many."""

    def make(*args: Any, **kwargs: Any) -> Any:
        plain = [_given(a) for a in args]
        named = {k: _given(v) for k, v in kwargs.items()}
        running.meter.elements(weights(plain, named))
        layer = python(*plain, **named)
        running.meter.allocate(
            4 * sum(p.numel() for p in layer.parameters() if not isinstance(p, nn.UninitializedParameter)),
            True,
        )
        return layer

    return make


def _given(value: Any) -> Any:
    if isinstance(value, Callable_) and not hasattr(value, "python"):
        return callback(value)
    if isinstance(value, OrderedDict | dict | nn.Module):
        return value
    return hand_over(value, raw=True)


class LayerClass(NativeClass):
    """A layer as a class; extending it initializes through the same checks."""

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        plain = [_given(a) for a in args]
        named = {k: _given(v) for k, v in kwargs.items()}
        running.meter.elements(weights(plain, named))
        self.base.__init__(instance, *plain, **named)  # type: ignore[misc]


def load() -> None:
    overrides = ("forward", "right_inverse", "extra_repr", "__len__", "__getitem__", "__iter__")
    for names in (*LAYERS.values(), "Module"):
        for name in names.split():
            python = getattr(nn, name, None)
            if python is None:
                continue
            ref = LayerClass(
                name,
                python,
                module=python.__module__,
                overrides=overrides,
                make=_made(python),
                doc=(python.__doc__ or ""),
            )
            ref.name = name
            CLASSES[name] = ref
            publish_type(ref)
            NN.members[name] = ref
    for name in ("Embedding", "EmbeddingBag"):
        made = getattr(nn, name).from_pretrained
        CLASSES[name].members["from_pretrained"] = Borrowed("from_pretrained", made)
    CLASSES["Transformer"].members["generate_square_subsequent_mask"] = Op(
        "generate_square_subsequent_mask",
        nn.Transformer.generate_square_subsequent_mask,
        "creation",
        "square",
    )
    NN.members["DataParallel"] = Native("DataParallel", _alone)
    NN.members["Buffer"] = Op(
        "Buffer",
        lambda data=None, *, persistent=True: nn.Buffer(data, persistent=persistent),
        "query",
        "none",
    )
    NN.members["Parameter"] = publish_type(_parameter_class())
    NN.members["functional"] = FUNCTIONAL
    utils = Namespace("torch.nn.utils")
    utils.members["clip_grad_norm_"] = Op("clip_grad_norm_", _clip_norm, "inplace", "none")
    utils.members["clip_grad_value_"] = Op("clip_grad_value_", _clip_value, "inplace", "none")
    utils.members["parameters_to_vector"] = Op(
        "parameters_to_vector", nn.utils.parameters_to_vector, "movement", "none"
    )
    utils.members["vector_to_parameters"] = Op(
        "vector_to_parameters", nn.utils.vector_to_parameters, "inplace", "none"
    )
    for name in ("weight_norm", "spectral_norm", "remove_weight_norm", "remove_spectral_norm"):
        utils.members[name] = Native(name, _normed(getattr(nn.utils, name)))
    rnn = Namespace("torch.nn.utils.rnn")
    for name in (
        "pad_sequence",
        "pack_sequence",
        "pack_padded_sequence",
        "pad_packed_sequence",
        "unpad_sequence",
    ):
        rnn.members[name] = Op(name, getattr(nn.utils.rnn, name), "movement", "sequences")
    utils.members["rnn"] = rnn
    NN.members["utils"] = utils
    TORCH.members["nn"] = NN
    modules = Namespace("torch.nn.modules", NN.members)
    parameter = Namespace("torch.nn.parameter", {"Parameter": NN.members["Parameter"]})
    publish(NN, utils, rnn, modules, parameter)


def _alone(module: Any, *args: Any, **kwargs: Any) -> Any:
    """nn.DataParallel where there is no GPU: calls the module itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.DataParallel(module)


def _normed(function: Any) -> Any:
    def run(module: Any, name: str = "weight", **kwargs: Any) -> Any:
        if not isinstance(module, nn.Module) or not isinstance(
            module._parameters.get(name), nn.Parameter | None
        ):
            raise TypeError("a layer with a weight is wanted here")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the newer way, which gives layers of classes made on the fly
            return function(
                module, name, **{k: v for k, v in kwargs.items() if k in ("dim", "n_power_iterations", "eps")}
            )

    return run


def _parameters(value: Any) -> list[Tensor]:
    return [value] if isinstance(value, Tensor) else list(value)


def _clip_norm(parameters: Any, max_norm: float, norm_type: float = 2.0, **kwargs: Any) -> Tensor:
    return nn.utils.clip_grad_norm_(_parameters(parameters), max_norm, norm_type)


def _clip_value(parameters: Any, clip_value: float, **kwargs: Any) -> None:
    nn.utils.clip_grad_value_(_parameters(parameters), clip_value)
