"""gluon.Parameter, its dictionary, and mxnet.init: weights whose shapes may be settled by the first batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch

from freedive.lab.classes import Instance, InstanceKind, member_of
from freedive.lab.dialects.mxnet.values import NDArray, NpArray, attach_grad, state
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

Initializer = Callable[[torch.Tensor], object]


class Init:
    """An initializer: fills a tensor in place."""

    def __init__(self, name: str, fill: Initializer) -> None:
        self.name = name
        self.fill = fill


def _uniform(scale: float = 0.07) -> Init:
    return Init("Uniform", lambda t: t.uniform_(-scale, scale))


def _normal(sigma: float = 0.01) -> Init:
    return Init("Normal", lambda t: t.normal_(0, sigma))


def _xavier(rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> Init:
    """Glorot and Bengio, 2010; MXNet counts the second axis and what follows as inputs."""

    def fill(t: torch.Tensor) -> None:
        window = math.prod(t.shape[2:])
        fans = (t.shape[1] * window if t.dim() > 1 else t.shape[0], t.shape[0] * window)
        factor = {"avg": sum(fans) / 2, "in": fans[0], "out": fans[1]}[factor_type]
        scale = math.sqrt(magnitude / factor)
        if rnd_type == "uniform":
            t.uniform_(-scale, scale)
        else:
            t.normal_(0, scale)

    return Init("Xavier", fill)


def _constant(value: float) -> Init:
    return Init("Constant", lambda t: t.fill_(value))


INITIALIZERS: dict[str, Callable[..., Init]] = {
    "Zero": lambda: _constant(0.0),
    "One": lambda: _constant(1.0),
    "Constant": _constant,
    "Uniform": _uniform,
    "Normal": _normal,
    "Xavier": _xavier,
    "MSRAPrelu": lambda factor_type="avg", slope=0.25: _xavier("gaussian", factor_type, 2 / (1 + slope**2)),
    "Orthogonal": lambda scale=1.414: Init("Orthogonal", lambda t: torch.nn.init.orthogonal_(t, scale)),
}
NAMED = {"zeros": "Zero", "ones": "One", "uniform": "Uniform", "normal": "Normal", "xavier": "Xavier"}


class OwnInit(Instance):
    """init.Initializer: the snippet says how a weight is filled, in `_init_weight(self, name, data)`."""

    def __init__(self, **kwargs: Any) -> None:
        self.fields: dict[str, Any] = dict(getattr(self, "fields", {}))

    @property
    def name(self) -> str:
        return type(self).__name__

    def fill(self, t: torch.Tensor, name: str = "weight", by_name: bool = False) -> None:
        found, member = member_of(self, f"_init_{name.rsplit('_', 1)[-1]}") if by_name else (False, None)
        if not found:
            found, member = member_of(self, "_init_weight")
        if not found:
            raise TypeError("an initializer of one's own needs a method _init_weight(self, name, data)")
        array = NDArray(t)
        running.call(member, (name, array))
        if array.data is not t:
            t.copy_(array.data)


register(InstanceKind(), OwnInit)


def initializer(wanted: Any) -> Any:
    """From an initializer, its name, or nothing."""
    if wanted is None or isinstance(wanted, Init | OwnInit):
        return wanted
    name = str(wanted)
    name = NAMED.get(name.lower(), name)
    if name not in INITIALIZERS:
        raise ValueError(f"expected an initializer of {', '.join(INITIALIZERS)}; got '{wanted}'")
    return INITIALIZERS[name]()


_BY_NAME = {"bias": 0.0, "beta": 0.0, "gamma": 1.0, "mean": 0.0, "var": 1.0}


def _by_name(name: str, wanted: Any) -> Any:
    """An initializer for all parameters is for weights; what is called a bias, beta or gamma begins as 0 or 1."""
    last = name.rsplit("_", 1)[-1]
    if last not in _BY_NAME or (isinstance(wanted, OwnInit) and member_of(wanted, f"_init_{last}")[0]):
        return wanted
    return _constant(_BY_NAME[last])


class InitKind(Kind):
    name = "object"

    def type_name(self, value: Any) -> str:
        return str(value.name)


register(InitKind(), Init)


class DeferredInitializationError(RuntimeError):
    """The shape is not known yet."""


class Parameter:
    """A weight. Sizes of 0 are settled by the first input; its numbers are drawn then."""

    def __init__(self, name: str, shape: Any = None, init: Any = None, grad_req: str = "write", **other: Any) -> None:  # fmt: skip
        self.name = name
        self.shape: tuple[int, ...] = (shape,) if isinstance(shape, int) else tuple(shape or (0,))
        self.init = initializer(init)
        self.grad_req = grad_req
        self.chosen: Any = None
        self.wanted = False
        self.array: NDArray | None = None

    @property
    def known(self) -> bool:
        """Whether every size is settled."""
        return 0 not in self.shape

    def initialize(self, init: Any = None, ctx: Any = None, default_init: Any = None, force_reinit: bool = False) -> None:  # fmt: skip
        if self.array is not None and not force_reinit:
            return
        self.array, self.wanted = None, True
        wanted = initializer(init) or initializer(default_init) or INITIALIZERS["Uniform"]()
        self.chosen = self.init or _by_name(self.name, wanted)
        if self.known:
            self.draw()

    def agree(self, shape: tuple[int, ...]) -> None:
        """Refuse another block's wish for a shape that this parameter has not; open sizes are settled by it."""
        mine = self.shape
        if len(mine) != len(shape) or any(
            p != q and 0 not in (p, q) for p, q in zip(mine, shape, strict=True)
        ):
            raise AssertionError(
                f"Cannot retrieve Parameter '{self.name}' because desired attribute does not match with stored for attribute "
                f"'shape': desired '{shape}' vs stored '{mine}'."
            )
        if not self.known:
            self.shape = tuple(p or q for p, q in zip(mine, shape, strict=True))

    def settle(self, *shape: int) -> None:
        """Fill in the sizes that were open."""
        if not self.known:
            self.shape = tuple(shape)
        if self.array is None and self.wanted:
            self.draw()

    def draw(self) -> None:
        data = torch.zeros(self.shape)
        assert self.chosen is not None
        with torch.no_grad():
            if isinstance(self.chosen, OwnInit):
                self.chosen.fill(data, self.name, self.init is None)
            else:
                self.chosen.fill(data)
        self.array = NpArray(data) if state().modern else NDArray(data)
        attach_grad(self.array, self.grad_req)

    def data(self, ctx: Any = None) -> NDArray:
        """The numbers. Raises what MXNet raises while there are none."""
        if self.array is not None:
            return self.array
        if self.wanted:
            raise DeferredInitializationError(
                f"Parameter '{self.name}' has not been initialized yet because initialization was deferred. "
                "Actual initialization happens during the first forward pass."
            )
        raise RuntimeError(
            f"Parameter '{self.name}' has not been initialized. You should initialize parameters and create a "
            "Trainer with Block.collect_params() instead of Block.params."
        )

    def grad(self, ctx: Any = None) -> NDArray:
        grad = self.data().grad
        if grad is None:
            raise RuntimeError(
                f"Cannot get gradient array for Parameter '{self.name}' because grad_req='null'"
            )
        return grad

    def set_data(self, data: Any) -> None:
        tensor = data.data if isinstance(data, NDArray) else torch.as_tensor(data, dtype=torch.float32)
        self.shape = tuple(tensor.shape)
        if self.array is None:
            self.array = NDArray(tensor.detach().clone())
            attach_grad(self.array, self.grad_req)
        with torch.no_grad():
            self.array.data.copy_(tensor)

    def zero_grad(self) -> None:
        if self.array is not None and self.array.grad is not None:
            self.array.grad.data.zero_()


class ParameterKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        for name in ("data", "grad", "set_data", "zero_grad", "initialize"):
            self.attributes[name] = Native(
                name, (lambda n: lambda p, *a, **k: getattr(p, n)(*a, **k))(name), f"Parameter.{name}"
            )
        self.attributes["list_data"] = Native("list_data", lambda p: [p.data()])
        self.attributes["list_grad"] = Native("list_grad", lambda p: [p.grad()])
        self.attributes["shape"] = Property(lambda p: p.shape)
        self.attributes["name"] = Property(lambda p: p.name)
        self.attributes["dtype"] = Property(lambda p: "float32")
        self.attributes["grad_req"] = Property(
            lambda p: p.grad_req, lambda p, v: setattr(p, "grad_req", str(v))
        )

    def type_name(self, value: Any) -> str:
        return "Parameter"

    def repr(self, value: Any) -> str:
        return f"Parameter {value.name} (shape={value.shape}, dtype=float32)"


class ParameterDict(dict[str, Parameter]):
    """What `collect_params()` gives."""

    def initialize(self, init: Any = None, ctx: Any = None, verbose: bool = False, force_reinit: bool = False) -> None:  # fmt: skip
        for parameter in self.values():
            parameter.initialize(default_init=init, force_reinit=force_reinit)

    def zero_grad(self) -> None:
        for parameter in self.values():
            parameter.zero_grad()


class ParameterDictKind(Kind):
    name = "dict"
    rank = 2

    def __init__(self) -> None:
        super().__init__()
        for name in ("keys", "values", "items"):
            self.attributes[name] = Native(name, (lambda n: lambda d: list(getattr(d, n)()))(name))
        self.attributes["get"] = Native("get", lambda d, key, default=None: d.get(key, default))
        self.attributes["initialize"] = Native("initialize", ParameterDict.initialize)
        self.attributes["zero_grad"] = Native("zero_grad", ParameterDict.zero_grad)

    def type_name(self, value: Any) -> str:
        return "ParameterDict"

    def getitem(self, value: Any, index: Any) -> Any:
        if index not in value:
            raise KeyError(index)
        return value[index]

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def contains(self, value: Any, item: Any) -> bool:
        return item in value

    def repr(self, value: Any) -> str:
        rows = "".join(
            f"\n  Parameter {p.name} (shape={p.shape}, dtype=<class 'numpy.float32'>)" for p in value.values()
        )
        return f"({rows}\n)"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made: dict[str, Any] = encoder.mapping(value)
        return made


register(ParameterKind(), Parameter)
register(ParameterDictKind(), ParameterDict)
PARAMETER = publish_type(TypeRef("Parameter", Parameter, Parameter, module="mxnet.gluon.parameter"))
