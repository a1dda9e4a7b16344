"""gluon.nn: blocks and layers on arrays, and classes of a snippet that extend Block or HybridBlock.

Over 400 lines: one short class for each layer, and how a block behaves as a value, which needs them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of, set_property
from freedive.lab.dialects.mxnet.functions import MXNET, ND, activation
from freedive.lab.dialects.mxnet.parameters import INITIALIZERS, PARAMETER, OwnInit, Parameter, ParameterDict
from freedive.lab.dialects.mxnet.values import MXNetError, NDArray, NdOp, state
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

Tensor = torch.Tensor
Pair = int | tuple[int, int] | list[int]

GLUON = Namespace("mxnet.gluon", doc="Blocks, losses, data and trainers.")
NN = Namespace("mxnet.gluon.nn", doc="Layers.")


def numbered(name: str) -> str:
    """dense0_, dense1_ …: what the parameters of a run's blocks begin with; within a block's name_scope, after its own."""
    scopes: list[Block] = running.__dict__.setdefault("gluon_scopes", [])
    if scopes:
        counts, before = scopes[-1].counts, scopes[-1].prefix
    else:
        counts, before = running.__dict__.setdefault("gluon_counts", Counter()), ""
    counts[name] += 1
    return f"{before}{name.lower()}{counts[name] - 1}_"


class Block(Instance):
    """Base of all layers: children and parameters in the order in which they were set."""

    def __init__(self, prefix: str | None = None, params: Any = None, **other: Any) -> None:
        self.fields: dict[str, Any] = {}
        scopes: list[Block] = running.__dict__.get("gluon_scopes", [])
        if prefix is None:
            self.prefix = numbered(type(self).__name__)
        else:
            self.prefix = f"{scopes[-1].prefix if scopes else ''}{prefix}"
        self.counts: Counter[str] = Counter()
        self.children: dict[str, Block] = {}
        self.own: dict[str, Parameter] = {}
        self.shared, self.below = _shared(params), ""
        """Parameters of another block that this one uses, and what of their names stands before its own parameters'."""
        if params is None and scopes:
            self.shared = scopes[-1].shared
            self.below = scopes[-1].below + self.prefix.removeprefix(scopes[-1].prefix)

    def parameter(self, name: str, shape: Any, init: Any = None, **other: Any) -> Parameter:
        """Make a parameter of this block."""
        ending = self.below + name
        made = next((p for full, p in self.shared.items() if f"_{full}".endswith(f"_{ending}")), None)
        if made is None:
            made = Parameter(f"{self.prefix}{name}", shape, init, **other)
        else:
            made.agree((shape,) if isinstance(shape, int) else tuple(shape or (0,)))
        self.own[name] = made
        return made

    def collect_params(self, select: str | None = None) -> ParameterDict:
        found = ParameterDict({p.name: p for p in self.own.values()})
        for child in self.children.values():
            found.update(child.collect_params())
        return found

    def initialize(self, init: Any = None, ctx: Any = None, verbose: bool = False, force_reinit: bool = False) -> None:  # fmt: skip
        self.collect_params().initialize(init, force_reinit=force_reinit)

    def forward(self, *args: Any) -> Any:
        """What a call computes."""
        raise TypeError(f"{type(self).__name__} has no forward(self, x)")


def _shared(params: Any) -> dict[str, Parameter]:
    """What `params=` gives: `other.params`, or what collect_params() gave."""
    if params is None:
        return {}
    if isinstance(params, Params):
        return {**params.block.shared, **params.block.own}
    if isinstance(params, ParameterDict):
        return dict(params)
    raise TypeError(f"expected another block's params; got {kind_of(params).type_name(params)}")


class HybridBlock(Block):
    """A block whose `hybrid_forward(self, F, x)` computes with F = nd."""

    def forward(self, *args: Any) -> Any:
        return self.hybrid_forward(ND, *args, **{name: p.data() for name, p in self.own.items()})

    def hybrid_forward(self, *args: Any, **weights: Any) -> Any:
        raise TypeError(f"{type(self).__name__} has no hybrid_forward(self, F, x)")


class Sequential(HybridBlock):
    """Blocks one after another."""

    def add(self, *blocks: Any) -> None:
        for block in blocks:
            self.children[str(len(self.children))] = block

    def forward(self, *args: Any) -> Any:
        value = args[0]
        for child in self.children.values():
            value = running.call(child, (value,))
        return value


class HybridSequential(Sequential):
    """Blocks one after another, which `hybridize` may compile."""


class Computed(HybridBlock):
    """A layer that is one operation on tensors."""

    kind = "layer"
    rule = "none"

    def compute(self, x: Tensor, **weights: Tensor) -> Tensor:
        raise TypeError("a layer computes something")

    def prepare(self, shape: tuple[int, ...]) -> None:
        """Settle the sizes that depend on the input."""

    def forward(self, *args: Any) -> Any:
        self.prepare(tuple(args[0].data.shape))
        op = NdOp(type(self).__name__, self.compute, self.kind, self.rule)
        return op.call(args, {name: parameter.data() for name, parameter in self.own.items()})


class Dense(Computed):
    """y = activation(x Wᵀ + b), W of shape (units, in_units)."""

    kind = "contraction"

    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, flatten: bool = True, in_units: int = 0, weight_initializer: Any = None, bias_initializer: Any = "zeros", **other: Any) -> None:  # fmt: skip
        super().__init__(**other)
        self.units, self.activation, self.flatten = units, activation, flatten
        self.parameter("weight", (units, in_units), weight_initializer)
        if use_bias:
            self.parameter("bias", (units,), bias_initializer)

    def prepare(self, shape: tuple[int, ...]) -> None:
        inputs = 1
        for size in shape[1:] if self.flatten else shape[-1:]:
            inputs *= size
        self.own["weight"].settle(self.units, inputs)

    def compute(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:  # type: ignore[override]
        made = F.linear(x.reshape(len(x), -1) if self.flatten else x, weight, bias)
        return activation(made, self.activation) if self.activation else made


class Conv2D(Computed):
    """Cross-correlation over pictures (batch, channels, height, width)."""

    kind = "contraction"

    def __init__(self, channels: int, kernel_size: Pair, strides: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1, layout: str = "NCHW", activation: Any = None, use_bias: bool = True, weight_initializer: Any = None, bias_initializer: Any = "zeros", in_channels: int = 0, **other: Any) -> None:  # fmt: skip
        super().__init__(**other)
        self.channels, self.window, self.activation, self.groups = (
            channels,
            _pair(kernel_size),
            activation,
            groups,
        )
        self.options = {"stride": _pair(strides), "padding": _pair(padding), "dilation": _pair(dilation)}
        self.parameter("weight", (channels, in_channels, *self.window), weight_initializer)
        if use_bias:
            self.parameter("bias", (channels,), bias_initializer)

    def prepare(self, shape: tuple[int, ...]) -> None:
        self.own["weight"].settle(self.channels, shape[1] // self.groups, *self.window)

    def compute(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:  # type: ignore[override]
        made = F.conv2d(x, weight, bias, groups=self.groups, **self.options)
        return activation(made, self.activation) if self.activation else made


class BatchNorm(Computed):
    """Standardizes each channel over the batch (Ioffe and Szegedy, 2015)."""

    def __init__(self, axis: int = 1, momentum: float = 0.9, epsilon: float = 1e-5, in_channels: int = 0, **other: Any) -> None:  # fmt: skip
        super().__init__(other.get("prefix"), other.get("params"))
        self.momentum, self.epsilon = momentum, epsilon
        self.parameter("gamma", (in_channels,), "ones")
        self.parameter("beta", (in_channels,), "zeros")
        self.parameter("running_mean", (in_channels,), "zeros", grad_req="null")
        self.parameter("running_var", (in_channels,), "ones", grad_req="null")

    def prepare(self, shape: tuple[int, ...]) -> None:
        for parameter in self.own.values():
            parameter.settle(shape[1])

    def compute(self, x: Tensor, gamma: Tensor, beta: Tensor, running_mean: Tensor, running_var: Tensor) -> Tensor:  # type: ignore[override]  # fmt: skip
        return F.batch_norm(
            x, running_mean, running_var, gamma, beta, state().training, 1 - self.momentum, self.epsilon
        )


class Embedding(Computed):
    """Rows of a table."""

    kind = "indexing"

    def __init__(self, input_dim: int, output_dim: int, weight_initializer: Any = None, **other: Any) -> None:
        super().__init__(other.get("prefix"), other.get("params"))
        self.parameter("weight", (input_dim, output_dim), weight_initializer)

    def compute(self, x: Tensor, weight: Tensor) -> Tensor:  # type: ignore[override]
        return F.embedding(x.long(), weight)


class Conv1D(Conv2D):
    """Cross-correlation over series (batch, channels, steps)."""

    def __init__(self, channels: int, kernel_size: Any, strides: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, layout: str = "NCW", in_channels: int = 0, activation: Any = None, use_bias: bool = True, weight_initializer: Any = None, bias_initializer: Any = "zeros", **other: Any) -> None:  # fmt: skip
        Computed.__init__(self, other.get("prefix"), other.get("params"))
        self.channels, self.activation, self.groups = channels, activation, groups
        self.window = (kernel_size,) if isinstance(kernel_size, int) else tuple(kernel_size)
        self.options = {"stride": strides, "padding": padding, "dilation": dilation}
        self.parameter("weight", (channels, in_channels, *self.window), weight_initializer)
        if use_bias:
            self.parameter("bias", (channels,), bias_initializer)

    def compute(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:  # type: ignore[override]
        made = F.conv1d(x, weight, bias, groups=self.groups, **self.options)
        return activation(made, self.activation) if self.activation else made


class Conv2DTranspose(Conv2D):
    """The convolution's gradient: pictures grow."""

    def prepare(self, shape: tuple[int, ...]) -> None:
        self.own["weight"].settle(shape[1], self.channels // self.groups, *self.window)

    def compute(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:  # type: ignore[override]
        made = F.conv_transpose2d(
            x,
            weight,
            bias,
            self.options["stride"],
            self.options["padding"],
            0,
            self.groups,
            self.options["dilation"],
        )
        return activation(made, self.activation) if self.activation else made


class LayerNorm(Computed):
    """Standardizes each example over one axis (Ba et al., 2016)."""

    def __init__(self, axis: int = -1, epsilon: float = 1e-5, center: bool = True, scale: bool = True, in_channels: int = 0, **other: Any) -> None:  # fmt: skip
        super().__init__(other.get("prefix"), other.get("params"))
        self.axis, self.epsilon = axis, epsilon
        self.parameter("gamma", (in_channels,), "ones")
        self.parameter("beta", (in_channels,), "zeros")

    def prepare(self, shape: tuple[int, ...]) -> None:
        for parameter in self.own.values():
            parameter.settle(shape[self.axis])

    def compute(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:  # type: ignore[override]
        return F.layer_norm(x.movedim(self.axis, -1), gamma.shape, gamma, beta, self.epsilon).movedim(
            -1, self.axis
        )


class PReLU(Computed):
    """A leaky ReLU whose slope is learned."""

    kind = "activation"

    def __init__(self, alpha_initializer: Any = None, in_channels: int = 1, **other: Any) -> None:
        super().__init__(other.get("prefix"), other.get("params"))
        self.parameter("alpha", (in_channels,), alpha_initializer or INITIALIZERS["Constant"](0.25))

    def compute(self, x: Tensor, alpha: Tensor) -> Tensor:  # type: ignore[override]
        return F.prelu(x, alpha)


class Simple(Computed):
    """A layer without parameters."""

    def __init__(self, name: str, kind: str, compute: Callable[[Tensor], Tensor]) -> None:
        super().__init__(numbered(name))
        self.shown, self.kind, self.work = name, kind, compute

    def forward(self, *args: Any) -> Any:
        return NdOp(self.shown, self.work, self.kind).call(args, {})


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _pool(name: str, window: Callable[..., Tensor]) -> Callable[..., Block]:
    def make(pool_size: Any = (2, 2), strides: Any = None, padding: Any = 0, layout: str = "NCHW", ceil_mode: bool = False, **other: Any) -> Block:  # fmt: skip
        step = _pair(pool_size if strides is None else strides)
        return Simple(
            name, "contraction", lambda x: window(x, _pair(pool_size), step, _pair(padding), ceil_mode)
        )

    return make


def _pool1d(name: str, window: Callable[..., Tensor]) -> Callable[..., Block]:
    def make(pool_size: int = 2, strides: Any = None, padding: int = 0, **other: Any) -> Block:
        return Simple(
            name,
            "contraction",
            lambda x: window(x, pool_size, pool_size if strides is None else strides, padding),
        )

    return make


class Applied(HybridBlock):
    """A function, or the name of one in nd, as a layer: nn.Lambda."""

    def __init__(self, function: Any, prefix: str | None = None) -> None:
        super().__init__(prefix)
        self.function = ND.members[function] if isinstance(function, str) else function
        self.hybrid = False

    def forward(self, *args: Any) -> Any:
        first = (ND,) if self.hybrid and not isinstance(self.function, NdOp) else ()
        return running.call(self.function, (*first, *args))


def _applied(hybrid: bool) -> Callable[..., Block]:
    def make(function: Any, prefix: Any = None) -> Block:
        made = Applied(function, prefix)
        made.hybrid = hybrid
        return made

    return make


def _dropout(rate: float, axes: Any = (), **other: Any) -> Block:
    return Simple("Dropout", "random", lambda x: F.dropout(x, rate, state().training))


SIMPLE: dict[str, Callable[..., Block]] = {
    "Dropout": _dropout,
    "Flatten": lambda **other: Simple("Flatten", "movement", lambda x: x.reshape(len(x), -1)),
    "Activation": lambda activation_, **other: Simple("Activation", "activation", lambda x: activation(x, activation_)),
    "Lambda": _applied(False), "HybridLambda": _applied(True), "LeakyReLU": lambda alpha, **other: Simple("LeakyReLU", "activation", lambda x: F.leaky_relu(x, alpha)),
    "ELU": lambda alpha=1.0, **other: Simple("ELU", "activation", lambda x: F.elu(x, alpha)),
    "SELU": lambda **other: Simple("SELU", "activation", F.selu),
    "Identity": lambda **other: Simple("Identity", "elementwise", lambda x: x),
    "MaxPool1D": _pool1d("MaxPool1D", F.max_pool1d), "AvgPool1D": _pool1d("AvgPool1D", F.avg_pool1d),
    "GELU": lambda **other: Simple("GELU", "activation", F.gelu),
    "Swish": lambda beta=1.0, **other: Simple("Swish", "activation", lambda x: x * torch.sigmoid(beta * x)),
    "MaxPool2D": _pool("MaxPool2D", lambda x, size, step, pad, ceil: F.max_pool2d(x, size, step, pad, ceil_mode=ceil)),
    "AvgPool2D": _pool("AvgPool2D", lambda x, size, step, pad, ceil: F.avg_pool2d(x, size, step, pad, ceil)),
    "GlobalAvgPool2D": lambda **other: Simple("GlobalAvgPool2D", "reduction", lambda x: x.mean((2, 3), keepdim=True)),
    "GlobalMaxPool2D": lambda **other: Simple("GlobalMaxPool2D", "reduction", lambda x: x.amax((2, 3), keepdim=True)),
}  # fmt: skip


class Scope:
    """`with self.name_scope():` the names of blocks made inside begin with this one's."""

    def __init__(self, block: Block) -> None:
        self.block = block


class ScopeKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        running.__dict__.setdefault("gluon_scopes", []).append(value.block)
        return None

    def leave(self, value: Any, failed: BaseException | None) -> None:
        running.__dict__["gluon_scopes"].pop()


register(ScopeKind(), Scope)


class ParamsKind(Kind):
    """`self.params`: where `get(name, shape=…)` makes a parameter."""

    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes["get"] = Native("get", _get_parameter)
        self.attributes["get_constant"] = Native("get_constant", _get_constant)
        for name in ("keys", "values", "items"):
            self.attributes[name] = Native(name, (lambda n: lambda p: list(getattr(_named(p), n)()))(name))
        self.attributes["prefix"] = Property(lambda p: p.block.prefix)

    def getitem(self, value: Any, index: Any) -> Any:
        return _named(value)[index]

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(_named(value))

    def length(self, value: Any) -> int:
        return len(value.block.own)

    def contains(self, value: Any, item: Any) -> bool:
        return item in _named(value)

    def repr(self, value: Any) -> str:
        rows = "".join(f"\n  {kind_of(p).repr(p)}" for p in value.block.own.values())
        return f"{value.block.prefix} ({rows}\n)"


class Params:
    def __init__(self, block: Block) -> None:
        self.block = block


def _named(params: Params) -> ParameterDict:
    return ParameterDict({p.name: p for p in params.block.own.values()})


def _get_parameter(params: Params, name: str, shape: Any = None, init: Any = None, **other: Any) -> Parameter:
    return params.block.own.get(name) or params.block.parameter(
        name, shape, init, grad_req=other.get("grad_req", "write")
    )


def _get_constant(params: Params, name: str, value: Any) -> Parameter:
    made = params.block.parameter(name, (), grad_req="null")
    made.set_data(value)
    return made


register(ParamsKind(), Params)


def _save(block: Block, filename: Any, *args: Any, **kwargs: Any) -> None:
    running.files[str(filename)] = (
        "gluon",
        [p.data().data.detach().clone() for p in block.collect_params().values()],
    )


def _load(block: Block, filename: Any, *args: Any, **kwargs: Any) -> None:
    if str(filename) not in running.files:
        raise MXNetError(
            f'Check failed: fi != nullptr: LocalFileSystem::Open "{filename}": No such file or directory'
        )
    for parameter, saved in zip(
        block.collect_params().values(), running.files[str(filename)][1], strict=True
    ):
        parameter.settle(*saved.shape)
        parameter.set_data(NDArray(saved))


def _apply(block: Block, fn: Any) -> Block:
    for child in block.children.values():
        _apply(child, fn)
    running.call(fn, (block,))
    return block


class BlockKind(InstanceKind):
    """Blocks: those of the lab and those whose classes a snippet wrote."""

    name = "module"

    def __init__(self) -> None:
        super().__init__()
        table = self.attributes
        for name in ("collect_params", "initialize"):
            table[name] = Native(name, (lambda n: lambda b, *a, **k: getattr(b, n)(*a, **k))(name))
        table["forward"] = Native("forward", lambda b, *args: b.forward(*args))
        table["hybridize"] = Native("hybridize", lambda b, active=True, **other: None)
        for name in ("save_parameters", "save_params", "export"):
            table[name] = Native(name, _save)
        for name in ("load_parameters", "load_params"):
            table[name] = Native(name, _load)
        table["begin_state"] = Native("begin_state", lambda b, *a, **k: b.begin_state(*a, **k))
        table["apply"] = Native("apply", _apply)
        table["cast"] = Native("cast", lambda b, dtype: None)
        table["summary"] = Native("summary", lambda b, *inputs: running.write(f"{kind_of(b).repr(b)}\n"))
        table["reset_ctx"] = Native("reset_ctx", lambda b, ctx: None)
        table["name_scope"] = Native("name_scope", Scope)
        table["register_child"] = Native(
            "register_child",
            lambda b, c, name=None: b.children.update({str(len(b.children) if name is None else name): c}),
        )
        table["add"] = Native("add", lambda b, *blocks: b.add(*blocks))
        table["params"] = Property(Params)
        table["prefix"] = Property(lambda b: b.prefix)
        table["name"] = Property(lambda b: b.prefix.rstrip("_"))

    def class_of(self, value: Any) -> Any:
        own = getattr(type(value), "lab_class", None)
        if own is not None:
            return own
        name = self.type_name(value)
        found = NN.members.get(name)
        return found if isinstance(found, TypeRef) else TypeRef(name, type(value), module="mxnet.gluon.nn")

    def type_name(self, value: Any) -> str:
        own = getattr(type(value), "lab_class", None)
        return str(own.name) if own is not None else getattr(value, "shown", type(value).__name__)

    def dir(self, value: Any) -> list[str]:
        return sorted({*value.fields, *value.own, *self.attributes})

    def getattr(self, value: Any, name: str) -> Any:
        for found in (value.fields, value.own):
            if name in found:
                return found[name]
        has, member = member_of(value, name)
        return member if has else Kind.getattr(self, value, name)

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if set_property(value, name, new):
            return
        if isinstance(new, Block):
            value.children[name] = new
        if isinstance(new, Parameter):
            value.own[name] = new
        value.fields[name] = new
        running.meter.room(1)

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        running.meter.step()
        return value.forward(*args, **kwargs)

    def getitem(self, value: Any, index: Any) -> Any:
        if isinstance(value, Sequential):
            blocks = list(value.children.values())
            if isinstance(index, int):
                return blocks[index]
            made = HybridSequential() if isinstance(value, HybridSequential) else Sequential()
            made.add(*blocks[index])
            return made
        return super().getitem(value, index)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(list(value.children.values())) if isinstance(value, Sequential) else super().iterate(value)  # fmt: skip

    def length(self, value: Any) -> int:
        return len(value.children) if isinstance(value, Sequential) else super().length(value)

    def truth(self, value: Any) -> bool:
        return True

    def repr(self, value: Any) -> str:
        inner = "".join(f"\n  ({name}): {self.repr(child)}" for name, child in value.children.items())
        if inner:
            return f"{self.type_name(value)}({inner}\n)"
        weight = value.own.get("weight")
        shape = "" if weight is None else " -> ".join(str(size or None) for size in weight.shape[1::-1])
        return f"{self.type_name(value)}({shape})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "module", "data": self.type_name(value), "repr": encoder.clip(self.repr(value))}


register(BlockKind(), Block)


class Maker(Callable_):
    """A layer without parameters, made by its name."""

    def __init__(self, name: str, make: Callable[..., Block]) -> None:
        self.name, self.make = name, make

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.name == "Activation" and "activation" in kwargs:
            kwargs["activation_"] = kwargs.pop("activation")
        return self.make(*args, **kwargs)


def load() -> None:
    for name, python, overrides in (
        ("Block", Block, ("forward",)),
        ("HybridBlock", HybridBlock, ("forward", "hybrid_forward")),
        ("Sequential", Sequential, ("forward",)),
        ("HybridSequential", HybridSequential, ("forward", "hybrid_forward")),
    ):
        NN.members[name] = NativeClass(name, python, module="mxnet.gluon.nn", overrides=overrides)
    for layer in (Dense, Conv1D, Conv2D, Conv2DTranspose, BatchNorm, LayerNorm, PReLU, Embedding):
        ref = NativeClass(layer.__name__, layer, module="mxnet.gluon.nn", doc=layer.__doc__ or "")
        NN.members[layer.__name__] = publish_type(ref)
    for name, make in SIMPLE.items():
        NN.members[name] = Maker(name, make)
    NN.members["HybridConcurrent"] = NN.members["HybridSequential"]
    init = Namespace("mxnet.init", {name: Native(name, make) for name, make in INITIALIZERS.items()})
    init.members["Initializer"] = NativeClass("Initializer", OwnInit, module="mxnet.initializer")
    GLUON.members.update(
        nn=NN, Block=NN.members["Block"], HybridBlock=NN.members["HybridBlock"], Parameter=PARAMETER
    )
    MXNET.members.update(gluon=GLUON, init=init, initializer=init)
    publish(GLUON, NN, init, Namespace("mxnet.initializer", init.members))
