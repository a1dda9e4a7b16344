"""torch.nn: layers as real modules behind a table of names, and classes of the snippet that extend them.

Over 400 lines: a third of it is the tables of names and of what each layer costs.
"""

from __future__ import annotations

import math
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from freedive.lab import sizes
from freedive.lab.budget import Meter
from freedive.lab.classes import InstanceKind, NativeClass, member_of, set_property
from freedive.lab.dialects.torch.functions import FUNCTIONAL, TORCH
from freedive.lab.dialects.torch.values import Handle, Tensor
from freedive.lab.door import Op, hand_over
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, is_known, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.plain import DictKind, Lazy, View, show_inside
from freedive.lab.problems import no_attribute
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

LAYERS = {
    "contraction": """Linear Bilinear LazyLinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
        LazyConv1d LazyConv2d MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d
        AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d LPPool2d MultiheadAttention""",
    "activation": """ReLU ReLU6 LeakyReLU PReLU RReLU ELU SELU CELU GELU SiLU Mish Sigmoid LogSigmoid Hardsigmoid Tanh
        Hardtanh Hardswish Tanhshrink Softplus Softsign Softshrink Hardshrink Threshold Softmax LogSoftmax Softmin
        Softmax2d GLU""",
    "loss": """MSELoss L1Loss SmoothL1Loss HuberLoss CrossEntropyLoss NLLLoss BCELoss BCEWithLogitsLoss KLDivLoss
        PoissonNLLLoss GaussianNLLLoss HingeEmbeddingLoss MarginRankingLoss CosineEmbeddingLoss TripletMarginLoss
        MultiMarginLoss SoftMarginLoss MultiLabelSoftMarginLoss CTCLoss CosineSimilarity PairwiseDistance""",
    "normalization": """BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LayerNorm GroupNorm
        InstanceNorm1d InstanceNorm2d RMSNorm LocalResponseNorm""",
    "random": "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout",
    "movement": """Flatten Unflatten Identity PixelShuffle PixelUnshuffle ZeroPad1d ZeroPad2d ConstantPad1d ConstantPad2d
        ReflectionPad1d ReflectionPad2d ReplicationPad1d ReplicationPad2d Upsample UpsamplingNearest2d
        UpsamplingBilinear2d Unfold Fold ChannelShuffle""",
    "indexing": "Embedding EmbeddingBag",
    "layer": """RNN LSTM GRU RNNCell LSTMCell GRUCell Transformer TransformerEncoder TransformerDecoder
        TransformerEncoderLayer TransformerDecoderLayer""",
    "container": "Sequential ModuleList ModuleDict ParameterList ParameterDict",
}  # fmt: skip

_METHODS = (
    "parameters", "named_parameters", "children", "named_children", "modules", "named_modules", "buffers", "named_buffers",
    "train", "eval", "zero_grad", "state_dict", "load_state_dict", "to", "cpu", "cuda", "float", "double", "half",
    "register_buffer", "register_parameter", "add_module", "register_module", "get_parameter", "get_submodule",
    "requires_grad_", "extra_repr", "append", "extend", "insert", "keys", "values", "items", "update", "pop",
    "flatten_parameters", "reset_parameters", "generate_square_subsequent_mask", "type", "bfloat16",
)  # fmt: skip
_LAZY = frozenset(
    {
        "parameters",
        "named_parameters",
        "children",
        "named_children",
        "modules",
        "named_modules",
        "buffers",
        "named_buffers",
    }
)
_HOOKS = (
    "register_forward_hook",
    "register_forward_pre_hook",
    "register_full_backward_hook",
    "register_backward_hook",
)


def _layer_size(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Operations of a layer from its weights: every weight is used once for each place of the output."""
    module = args[0]
    x = next(iter(sizes.tensors(args[1:])), None)
    if x is None:
        return
    weight = getattr(module, "weight", None)
    if (
        isinstance(module, nn.modules.conv._ConvNd)
        and isinstance(weight, Tensor)
        and not isinstance(weight, nn.UninitializedParameter)
    ):
        spread = 1
        for axis in range(len(module.kernel_size)):
            size = x.shape[2 + axis] if x.dim() > 2 + axis else 1
            pad = module.padding[axis] if isinstance(module.padding, tuple) else 0
            out = (
                size + 2 * int(pad) - module.dilation[axis] * (module.kernel_size[axis] - 1) - 1
            ) // module.stride[axis] + 1
            spread *= size * module.stride[axis] + 2 * int(pad) if module.transposed else max(1, out)
        batch = x.shape[0] if x.dim() == 2 + len(module.kernel_size) else 1
        meter.elements(batch * module.out_channels * spread)
        meter.spend_flops(2.0 * batch * spread * weight.numel(), type(module).__name__)
    elif isinstance(module, nn.Linear) and not isinstance(weight, nn.UninitializedParameter):
        rows = x.numel() // max(1, x.shape[-1]) if x.dim() else 1
        meter.elements(rows * module.out_features)
        meter.spend_flops(2.0 * rows * module.weight.numel(), "Linear")
    elif isinstance(module, nn.Upsample | nn.UpsamplingNearest2d):
        factor = module.scale_factor
        if module.size is not None:
            given = module.size if isinstance(module.size, tuple) else (module.size,) * max(1, x.dim() - 2)
            meter.elements(sizes.count((*x.shape[:2], *given)))
        else:
            each = factor if isinstance(factor, tuple) else (factor or 1.0,) * max(1, x.dim() - 2)
            meter.elements(int(x.numel() * math.prod(float(f) for f in each)))
    elif isinstance(
        module,
        nn.modules.padding._ConstantPadNd
        | nn.modules.padding._ReflectionPadNd
        | nn.modules.padding._ReplicationPadNd,
    ):
        sizes.padding(meter, fn, (x, list(module.padding)), {})
    elif not isinstance(module, nn.Embedding):
        used = sum(p.numel() for p in module.parameters() if not isinstance(p, nn.UninitializedParameter))
        places = x.numel() // max(1, x.shape[-1]) if x.dim() else 1
        meter.spend_flops(2.0 * used * places, type(module).__name__)
    else:
        meter.elements(x.numel() * module.embedding_dim)


def _run_layer(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    return module(*args, **kwargs)


_OPS: dict[str, Op] = {}


def _op_for(module: nn.Module) -> Op:
    name = type(module).__name__
    found = _OPS.get(name)
    if found is None:
        kind = next((kind for kind, names in LAYERS.items() if name in names.split()), "layer")
        found = Op(name, _run_layer, kind, _layer_size)
        _OPS[name] = found
    return found


class ModuleKind(InstanceKind):
    """nn.Module: the snippet's own members first, then parameters, submodules, plain fields, then a table of methods."""

    name = "nn_module"
    rank = 80

    def __init__(self) -> None:
        super().__init__()
        table: dict[str, Any] = {}
        for name in _METHODS:
            table[name] = Native(name, _method(name))
        for name in _HOOKS:
            table[name] = Native(name, _hooking(name))
        table["forward"] = Native(
            "forward", lambda module, *args, **kwargs: self.forward(module, args, kwargs)
        )
        table["apply"] = Native("apply", _apply)
        self.attributes = table

    def class_of(self, value: Any) -> Any:
        owner = getattr(type(value), "lab_class", None)
        if owner is not None:
            return owner
        return publish_type(_CLASSES.get(type(value).__name__) or TypeRef(type(value).__name__, type(value)))

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def dir(self, value: Any) -> list[str]:
        own = getattr(type(value), "lab_class", None)
        members = kind_of(own).dir(own) if own is not None else []
        return sorted({*self.attributes, *self.vars(value), *members})

    def vars(self, value: Any) -> dict[str, Any]:
        """Public fields, parameters and submodules."""
        inside = value.__dict__
        fields = {
            k: v for k, v in inside.items() if not k.startswith("_") and is_known(v) and k not in _HIDDEN
        }
        for group in ("_parameters", "_modules", "_buffers"):
            fields.update(inside.get(group, {}))
        return fields

    def getattr(self, value: Any, name: str) -> Any:
        inside = value.__dict__
        if name in GROUPS:
            return Members(value, name)
        for group in ("_parameters", "_buffers", "_modules"):
            found = inside.get(group)
            if found is not None and name in found:
                return found[name]
        if (
            name in inside
            and name not in _HIDDEN
            and (not name.startswith("_") or name in inside.get("lab_private", ()))
            and is_known(inside[name])
        ):
            return inside[name]
        found, member = member_of(value, name)
        if found:
            return member
        if name in self.attributes:
            return Kind.getattr(self, value, name)
        if name in _COMPUTED and hasattr(value, name):
            return getattr(value, name)
        raise no_attribute(type(value).__name__, name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if set_property(value, name, new):
            return
        if name.startswith("_"):
            if hasattr(nn.Module, name) or name in nn.Module().__dict__ or name in ("lab_private",):
                raise AttributeError(f"attribute '{name}' of a module cannot be replaced in the lab")
            value.__dict__.setdefault("lab_private", set()).add(name)
        elif hasattr(nn.Module, name) and name not in ("training", "forward"):
            raise AttributeError(f"attribute '{name}' of a module cannot be replaced in the lab")
        elif name == "forward":
            raise AttributeError("forward is replaced by writing a class with its own forward")
        if new is not None and not is_known(new):
            raise TypeError("this value cannot be kept in a module")
        setattr(value, name, new)

    def delattr(self, value: Any, name: str) -> None:
        if name not in self.vars(value):
            raise no_attribute(type(value).__name__, name, self.vars(value))
        delattr(value, name)

    # ------------------------------------------------------------ containers
    def getitem(self, value: Any, index: Any) -> Any:
        if self.own(value, "__getitem__") is not None:
            return super().getitem(value, index)
        if isinstance(
            value, nn.Sequential | nn.ModuleList | nn.ModuleDict | nn.ParameterList | nn.ParameterDict
        ):
            return value[index]
        raise TypeError(f"'{type(value).__name__}' object is not subscriptable")

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        if self.own(value, "__setitem__") is not None:
            super().setitem(value, index, new)
        elif isinstance(
            value, nn.Sequential | nn.ModuleList | nn.ModuleDict | nn.ParameterList | nn.ParameterDict
        ):
            value[index] = new
        else:
            Kind.setitem(self, value, index, new)

    def delitem(self, value: Any, index: Any) -> None:
        if isinstance(value, nn.Sequential | nn.ModuleList | nn.ModuleDict):
            del value[index]
        else:
            super().delitem(value, index)

    def iterate(self, value: Any) -> Iterator[Any]:
        if isinstance(
            value, nn.Sequential | nn.ModuleList | nn.ModuleDict | nn.ParameterList | nn.ParameterDict
        ):
            return iter(value)
        return super().iterate(value)

    def length(self, value: Any) -> int:
        if isinstance(
            value, nn.Sequential | nn.ModuleList | nn.ModuleDict | nn.ParameterList | nn.ParameterDict
        ):
            return len(value)
        return super().length(value)

    def truth(self, value: Any) -> bool:
        return True

    def contains(self, value: Any, item: Any) -> bool:
        if isinstance(value, nn.ModuleDict | nn.ParameterDict):
            return item in value
        return super().contains(value, item)

    def repr(self, value: Any) -> str:
        function = self.own(value, "__repr__")
        text = str(running.call(function, ())) if function is not None else repr(value)
        running.meter.text(len(text))
        return text

    def text(self, value: Any) -> str:
        function = self.own(value, "__str__")
        return self.repr(value) if function is None else str(running.call(function, ()))

    # ------------------------------------------------------------ calling
    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        own = self.own(value, "__call__")
        if own is not None:
            return running.call(own, args, kwargs)
        if value._forward_hooks or value._forward_pre_hooks or value._backward_hooks:
            return self._hooked(value, args, kwargs)
        return self.forward(value, args, kwargs)

    def forward(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        found, member = member_of(value, "forward")
        if found:
            return running.call(member, args, kwargs)
        if isinstance(value, nn.Sequential):
            if len(args) != 1 or kwargs:
                raise TypeError(
                    f"{type(value).__name__}.forward() takes 2 positional arguments but {1 + len(args)} were given"
                )
            x = args[0]
            for layer in value:
                x = self.call(layer, (x,), {})
            return x
        if (
            "forward" not in dir(type(value))
            or type(value).forward is nn.Module.forward
            or isinstance(value, nn.ModuleList | nn.ModuleDict)
        ):
            error = NotImplementedByClass(
                f'Module [{type(value).__name__}] is missing the required "forward" function'
            )
            raise error
        return _op_for(value).call((value, *args), kwargs)

    def _hooked(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if member_of(value, "forward")[0] or isinstance(value, nn.Sequential):
            return value(*args, **kwargs)
        return _op_for(value).call((value, *args), kwargs)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        shapes = [
            [n, list(p.shape)]
            for n, p in value.named_parameters()
            if not isinstance(p, nn.UninitializedParameter)
        ]
        return {
            "kind": "nn_module", "data": type(value).__name__, "repr": encoder.clip(self.repr(value)),
            "parameters": shapes[:200], "training": value.training,
        }  # fmt: skip


GROUPS = {"_modules": "add_module", "_parameters": "register_parameter", "_buffers": "register_buffer"}
"""Where a module keeps its parts, and the method that checks one before it is kept."""


class Members:
    """`self._modules` and its like: the parts by name; one is added as torch's own method adds it."""

    def __init__(self, module: nn.Module, group: str) -> None:
        self.module, self.group = module, group

    def read(self) -> dict[str, Any]:
        return dict(getattr(self.module, self.group))


class MembersKind(DictKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(
                name,
                (lambda n: lambda m, *args: View(m.read(), n) if n != "get" else m.read().get(*args))(name),
            )
            for name in ("keys", "values", "items", "get")
        }

    def getitem(self, value: Any, index: Any) -> Any:
        return value.read()[index]

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        getattr(value.module, GROUPS[value.group])(index, new)

    def delitem(self, value: Any, index: Any) -> None:
        del getattr(value.module, value.group)[index]

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return Kind.compare(self, op, a, b)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.read())

    def length(self, value: Any) -> int:
        return len(value.read())

    def truth(self, value: Any) -> bool:
        return bool(value.read())

    def contains(self, value: Any, item: Any) -> bool:
        return item in value.read()

    def repr(self, value: Any) -> str:
        return f"OrderedDict({show_inside(value.read(), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.mapping(value.read())  # type: ignore[no-any-return]


register(MembersKind(), Members)


class NotImplementedByClass(RuntimeError):
    """A module without forward; known to the snippet under torch's name for it."""

    lab_mro = ("NotImplemented" + "Error", "RuntimeError", "Exception")


_HIDDEN = frozenset({"T_destination", "dump_patches", "call_super_init", "lab_private"})
_COMPUTED = frozenset({"training", "weight", "bias", "in_features", "out_features", "all_weights"})


def _method(name: str) -> Any:
    def run(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        method = getattr(module, name, None)
        if method is None:
            raise no_attribute(type(module).__name__, name, [])
        plain = [hand_over(a, raw=False) for a in args]
        made = method(*plain, **{k: hand_over(v) for k, v in kwargs.items() if k != "non_blocking"})
        if name in _LAZY:
            return Lazy("generator", iter(made))
        if name in ("keys", "values", "items"):
            return list(made)
        return made

    run.__doc__ = getattr(getattr(nn.Module, name, None), "__doc__", "")
    return run


def _hooking(name: str) -> Any:
    def run(module: nn.Module, function: Any) -> Handle:
        return Handle(getattr(module, name)(running.python(function)))

    return run


def _apply(module: nn.Module, function: Any) -> nn.Module:
    return module.apply(lambda each: running.call(function, (each,)) and None)


MODULE = ModuleKind()
register(MODULE, nn.Module)


class LoadedKeys(Kind):
    """What load_state_dict says."""

    name = "object"

    def repr(self, value: Any) -> str:
        return repr(value)


_CLASSES: dict[str, NativeClass] = {}
NN = Namespace("torch.nn", doc="Layers, losses and containers.")


def _parameter_class() -> NativeClass:
    def make(data: Any = None, requires_grad: bool = True) -> nn.Parameter:
        return nn.Parameter(data if data is not None else torch.empty(0), requires_grad)

    return NativeClass("Parameter", nn.Parameter, module="torch.nn", make=make, extendable=False)


def _made(python: type[nn.Module]) -> Any:
    """A layer's constructor, refused when its weights would be too many."""

    def make(*args: Any, **kwargs: Any) -> Any:
        plain = [_given(a) for a in args]
        named = {k: _given(v) for k, v in kwargs.items()}
        running.meter.elements(_weights(plain, named))
        layer = python(*plain, **named)
        running.meter.allocate(
            4 * sum(p.numel() for p in layer.parameters() if not isinstance(p, nn.UninitializedParameter)),
            True,
        )
        return layer

    return make


def _given(value: Any) -> Any:
    if isinstance(value, Callable_) and not hasattr(value, "python"):
        return running.python(value)
    if isinstance(value, OrderedDict | dict | nn.Module):
        return value
    return hand_over(value, raw=True)


def _weights(args: list[Any], kwargs: dict[str, Any]) -> int:
    """An upper bound of the weights: the product of the first two sizes and the window."""
    numbers = [a for a in (*args, *kwargs.values()) if isinstance(a, int) and not isinstance(a, bool)]
    return math.prod(sorted((abs(n) for n in numbers if n), reverse=True)[:2]) if numbers else 0


class LayerClass(NativeClass):
    """A layer as a class; extending it initializes through the same checks."""

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        plain = [_given(a) for a in args]
        named = {k: _given(v) for k, v in kwargs.items()}
        running.meter.elements(_weights(plain, named))
        self.base.__init__(instance, *plain, **named)  # type: ignore[misc]


def load() -> None:
    overrides = ("forward", "extra_repr", "__len__", "__getitem__", "__iter__")
    for names in (*LAYERS.values(), "Module"):
        for name in names.split():
            python = getattr(nn, name, None)
            if python is None:
                continue
            ref = LayerClass(
                name,
                python,
                module=f"torch.nn.modules.{name.lower()}",
                overrides=overrides,
                make=_made(python),
                doc=(python.__doc__ or ""),
            )
            ref.name = name
            _CLASSES[name] = ref
            publish_type(ref)
            NN.members[name] = ref
    for name in ("Embedding", "EmbeddingBag"):
        made = getattr(nn, name).from_pretrained
        _CLASSES[name].members["from_pretrained"] = Native("from_pretrained", made)
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
        rnn.members[name] = Op(name, getattr(nn.utils.rnn, name), "movement", "none")
    utils.members["rnn"] = rnn
    NN.members["utils"] = utils
    TORCH.members["nn"] = NN
    modules = Namespace("torch.nn.modules", NN.members)
    parameter = Namespace("torch.nn.parameter", {"Parameter": NN.members["Parameter"]})
    publish(NN, utils, rnn, modules, parameter)


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
