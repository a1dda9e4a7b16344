"""Activations, initializers and regularizers by name, as Keras takes them; and the keras namespace itself."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.decorating import Decorator
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import DTYPES, EagerTensor, convert, dtype_of, run
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor
KERAS = Namespace("keras", version="3.15.0", doc="Keras 3, on torch.")

ACTIVATIONS: dict[str, Callable[..., T]] = {
    "linear": lambda x: x, "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "elu": F.elu, "selu": F.selu,
    "gelu": F.gelu, "softplus": F.softplus, "softsign": F.softsign, "silu": F.silu, "swish": F.silu, "exponential": torch.exp,
    "softmax": lambda x: torch.softmax(x, -1), "log_softmax": lambda x: torch.log_softmax(x, -1), "relu6": F.relu6,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2), "mish": F.mish, "hard_sigmoid": lambda x: torch.clamp(x / 6 + 0.5, 0, 1),
    "hard_silu": F.hardswish,
}  # fmt: skip
_OPS = {name: Op(name, fn, "activation") for name, fn in ACTIVATIONS.items()}


def plain_name(name: str) -> str:
    """A class's name as Keras writes it in lower case: root_mean_squared_error, conv2d, re_lu."""
    parted = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()


def activation(given: Any) -> Callable[[T], T] | None:
    """An activation named, or a function of the snippet; None for the identity."""
    if given is None or given == "linear":
        return None
    if isinstance(given, Native) and given.name in _OPS:
        given = given.name
    if isinstance(given, str):
        if given not in _OPS:
            error = ValueError(f"Could not interpret activation function identifier: {given}")
            error.hint = f"did you mean '{nearest(given, ACTIVATIONS)}'?"  # type: ignore[attr-defined]
            raise error
        op = _OPS[given]
        return lambda t: op.apply((t,), {})
    return lambda t: convert(running.call(given, (EagerTensor(t),)))


# ------------------------------------------------------------ initializers
def fans(shape: list[int]) -> tuple[float, float]:
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    field = math.prod(shape[:-2])
    return float(field * shape[-2]), float(field * shape[-1])


def _scaled(scale: float, mode: str, uniform: bool) -> Callable[[list[int]], T]:
    def make(shape: list[int]) -> T:
        into, out = fans(shape)
        count = {"in": into, "out": out, "avg": (into + out) / 2}[mode]
        variance = scale / max(1.0, count)
        if uniform:
            limit = math.sqrt(3 * variance)
            return torch.empty(shape).uniform_(-limit, limit)
        std = math.sqrt(variance) / 0.87962566103423978
        made: T = torch.nn.init.trunc_normal_(torch.empty(shape), 0.0, std, -2 * std, 2 * std)
        return made

    return make


def _constant(value: float) -> Callable[[list[int]], T]:
    return lambda shape: torch.full(shape, float(value))


def _orthogonal(shape: list[int], gain: float = 1.0) -> T:
    running.meter.spend_flops(22.0 * math.prod(shape) * max(shape), "an orthogonal start")
    made: T = torch.nn.init.orthogonal_(torch.empty(math.prod(shape[:-1]), shape[-1]), gain)
    return made.reshape(shape)


class Initializer(Callable_):
    """A way to fill new weights."""

    def __init__(self, name: str, make: Callable[[list[int]], T]) -> None:
        self.name = name
        self.make = make

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        shape = shape_list(args[0] if args else kwargs["shape"])
        running.meter.elements(math.prod(shape))
        return EagerTensor(
            self.make(shape).to(dtype_of(kwargs.get("dtype") or (args[1] if len(args) > 1 else "float32")))
        )


INITIALIZERS: dict[str, Callable[..., Callable[[list[int]], T]]] = {
    "Zeros": lambda: torch.zeros, "Ones": lambda: torch.ones, "Constant": lambda value=0.0: _constant(value),
    "RandomNormal": lambda mean=0.0, stddev=0.05, seed=None: lambda shape: torch.randn(shape) * stddev + mean,
    "RandomUniform": lambda minval=-0.05, maxval=0.05, seed=None: lambda shape: torch.empty(shape).uniform_(minval, maxval),
    "TruncatedNormal": lambda mean=0.0, stddev=0.05, seed=None: lambda shape: torch.nn.init.trunc_normal_(torch.empty(shape), mean, stddev, mean - 2 * stddev, mean + 2 * stddev),
    "GlorotUniform": lambda seed=None: _scaled(1.0, "avg", True), "GlorotNormal": lambda seed=None: _scaled(1.0, "avg", False),
    "HeUniform": lambda seed=None: _scaled(2.0, "in", True), "HeNormal": lambda seed=None: _scaled(2.0, "in", False),
    "VarianceScaling": lambda scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None: _scaled(float(scale), mode.removeprefix("fan_"), distribution == "uniform"),
    "LecunUniform": lambda seed=None: _scaled(1.0, "in", True), "LecunNormal": lambda seed=None: _scaled(1.0, "in", False),
    "Orthogonal": lambda gain=1.0, seed=None: lambda shape: _orthogonal(shape, gain), "Identity": lambda gain=1.0: lambda shape: torch.eye(*shape) * gain,
}  # fmt: skip


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


_BY_NAME = {_snake(name): name for name in INITIALIZERS} | {
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
    "zero": "Zeros",
    "one": "Ones",
}


def initial(given: Any, shape: list[int]) -> T:
    """New weights by an initializer named, made, or written in the snippet."""
    running.meter.elements(math.prod(shape))
    if given is None:
        given = "glorot_uniform"
    if isinstance(given, str):
        name = _BY_NAME.get(given, given)
        if name not in INITIALIZERS:
            raise ValueError(f"Could not interpret initializer identifier: {given}")
        return INITIALIZERS[name]()(shape)
    if isinstance(given, Initializer):
        return given.make(shape)
    if isinstance(given, TypeRef):
        given = running.call(given)
        return initial(given, shape)
    return convert(_own(given, shape)).detach()


def _own(given: Any, shape: list[int]) -> Any:
    """Weights by an initializer of the snippet's own, called as Keras calls it: with the dtype as well."""
    parameters = getattr(given, "parameters", None)
    takes = parameters is None or "dtype" in parameters.names + parameters.keyword_only or parameters.stars
    return running.call(given, (tuple(shape),), {"dtype": "float32"} if takes else {})


# ------------------------------------------------------------ regularizers
class Regularizer(Callable_):
    """A penalty on weights."""

    def __init__(self, l1: float, l2: float) -> None:
        self.name = "L1L2"
        self.l1, self.l2 = float(l1), float(l2)

    def penalty(self, t: T) -> T:
        return self.l1 * t.abs().sum() + self.l2 * (t * t).sum()

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return run(Op("penalty", self.penalty, "reduction"), (convert(args[0]),))


class RegularizerKind(Kind):
    name = "regularizer"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"l1": Property(lambda r: r.l1), "l2": Property(lambda r: r.l2)}

    def type_name(self, value: Any) -> str:
        return "L1L2" if value.l1 and value.l2 else "L1" if value.l1 else "L2"

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return value.call(args, kwargs)

    def repr(self, value: Any) -> str:
        return f"<keras.regularizers.{self.type_name(value)} object>"


register(RegularizerKind(), Regularizer)


def regularizer(given: Any) -> Regularizer | None:
    if isinstance(given, str):
        return Regularizer(0.01 if "l1" in given else 0.0, 0.01 if "l2" in given else 0.0)
    return given if isinstance(given, Regularizer) else None


def _to_categorical(x: Any, num_classes: int | None = None) -> Any:
    t = convert(x).long()
    if t.dim() > 1 and t.shape[-1] == 1:
        t = t.squeeze(-1)
    size = int(t.max()) + 1 if num_classes is None else int(num_classes)
    running.meter.elements(t.numel() * size)
    return F.one_hot(t, size).double().numpy()


def _pad_sequences(
    sequences: Any,
    maxlen: Any = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    rows = [convert(row).tolist() if not isinstance(row, list) else row for row in collect(sequences)]
    wide = max((len(row) for row in rows), default=0) if maxlen is None else int(maxlen)
    running.meter.elements(len(rows) * wide)
    made = []
    for row in rows:
        kept = row[-wide:] if truncating == "pre" else row[:wide]
        blank = [value] * (wide - len(kept))
        made.append([*blank, *kept] if padding == "pre" else [*kept, *blank])
    return np.array(made, dtype=dtype_name(dtype))


def dtype_name(dtype: Any) -> str:
    return DTYPE_NAMES[dtype_of(dtype)]


def _no_download(*args: Any, **kwargs: Any) -> Any:
    error = OSError("the lab has no network and no files, so data sets cannot be loaded here")
    error.hint = "train on MNIST on the training page, or make data with np.random in the lab"  # type: ignore[attr-defined]
    raise error


def load() -> None:
    activations = Namespace("keras.activations", doc="Activation functions.")
    for name, op in _OPS.items():
        activations.members[name] = Native(name, (lambda o: lambda x, *a, **k: run(o, (convert(x),)))(op))
    initializers = Namespace("keras.initializers", doc="Ways to fill new weights.")
    for name, make in INITIALIZERS.items():
        ref = TypeRef(
            name,
            Initializer,
            (lambda n, m: lambda *a, **k: Initializer(n, m(*a, **k)))(name, make),
            module="keras.initializers",
        )
        initializers.members[name] = initializers.members[_snake(name)] = ref
    initializers.members["get"] = Native(
        "get",
        lambda given: (
            given
            if isinstance(given, Initializer)
            else Initializer(str(given), lambda shape: initial(given, shape))
        ),
    )
    activations.members["get"] = Native(
        "get",
        lambda given: (
            given if given is None or isinstance(given, Callable_) else activations.members[str(given)]
        ),
    )
    initializers.members["random_normal"] = initializers.members["RandomNormal"]
    regularizers = Namespace(
        "keras.regularizers",
        {"l1": Native("l1", lambda l1=0.01: Regularizer(l1, 0)), "l2": Native("l2", lambda l2=0.01: Regularizer(0, l2)),
         "l1_l2": Native("l1_l2", lambda l1=0.01, l2=0.01: Regularizer(l1, l2)), "L1": Native("L1", lambda l1=0.01: Regularizer(l1, 0)),
         "L2": Native("L2", lambda l2=0.01: Regularizer(0, l2)), "L1L2": Native("L1L2", lambda l1=0.0, l2=0.0: Regularizer(l1, l2))},
    )  # fmt: skip
    utils = Namespace("keras.utils", {
        "to_categorical": Native("to_categorical", _to_categorical, "Class numbers to one-hot rows."),
        "set_random_seed": Native("set_random_seed", lambda seed: torch.manual_seed(int(seed)) and None),
        "plot_model": Native("plot_model", lambda *a, **k: None), "normalize": Native("normalize", lambda x, axis=-1, order=2: F.normalize(convert(x) if convert(x).is_floating_point() else convert(x).double(), order, axis).numpy()),
        "pad_sequences": Native("pad_sequences", _pad_sequences), "get_file": Native("get_file", _no_download), "Progbar": Native("Progbar", lambda *a, **k: None),
    })  # fmt: skip
    datasets = Namespace("keras.datasets")
    for name in (
        "mnist",
        "fashion_mnist",
        "cifar10",
        "cifar100",
        "imdb",
        "boston_housing",
        "california_housing",
        "reuters",
    ):
        datasets.members[name] = Namespace(
            f"keras.datasets.{name}", {"load_data": Native("load_data", _no_download)}
        )
    backend = Namespace("keras.backend", {
        "clear_session": Native("clear_session", lambda *a, **k: None), "epsilon": Native("epsilon", lambda: 1e-7),
        "floatx": Native("floatx", lambda: "float32"), "backend": Native("backend", lambda: "torch"),
    })  # fmt: skip
    KERAS.members.update(
        activations=activations,
        initializers=initializers,
        regularizers=regularizers,
        utils=utils,
        datasets=datasets,
        backend=backend,
    )
    TF.members["initializers"] = initializers
    config = Namespace(
        "keras.config", {name: backend.members[name] for name in ("floatx", "epsilon", "backend")}
    )
    config.members["set_floatx"] = Native("set_floatx", lambda value: None)
    sequence = Namespace("keras.preprocessing.sequence", {"pad_sequences": utils.members["pad_sequences"]})
    preprocessing = Namespace("keras.preprocessing", {"sequence": sequence})
    serializable = Decorator(
        "register_keras_serializable",
        lambda *a, **k: Decorator("register_keras_serializable", lambda made: made),
    )
    utils.members["register_keras_serializable"] = serializable
    saving = Namespace("keras.saving", {"register_keras_serializable": serializable})
    KERAS.members.update(config=config, preprocessing=preprocessing, saving=saving)
    publish(
        config,
        preprocessing,
        sequence,
        KERAS,
        activations,
        initializers,
        regularizers,
        utils,
        datasets,
        backend,
        *datasets.members.values(),
    )


__all__ = ["DTYPES", "KERAS", "Regularizer", "activation", "initial", "publish_type", "regularizer"]
