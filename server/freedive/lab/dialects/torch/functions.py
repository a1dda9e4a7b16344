"""The torch namespace: functions from the tables, dtypes, constructors, linalg, fft, special."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.decorating import Decorator
from freedive.lab.dialects.torch import names
from freedive.lab.dialects.torch.methods import Tensor, legacy_constructor, load_methods
from freedive.lab.dialects.torch.values import TENSOR
from freedive.lab.door import DENIED, Op
from freedive.lab.exchange import Borrowed
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.mending import Mend
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.tables import FAMILIES, linear
from freedive.lab.types import TypeRef, publish_type

TORCH = Namespace("torch", version=torch.__version__, doc="Tensors with automatic differentiation.")
FUNCTIONAL = Namespace("torch.nn.functional", doc="Layers, activations and losses as functions.")

_DTYPES = (
    "float32", "float", "float64", "double", "float16", "half", "bfloat16", "int8", "int16", "short", "int32", "int",
    "int64", "long", "uint8", "bool", "complex64", "complex128", "cfloat",
)  # fmt: skip

_LEGACY = {
    "FloatTensor": torch.float32, "DoubleTensor": torch.float64, "HalfTensor": torch.float16, "IntTensor": torch.int32,
    "LongTensor": torch.int64, "ShortTensor": torch.int16, "ByteTensor": torch.uint8, "CharTensor": torch.int8,
    "BoolTensor": torch.bool,
}  # fmt: skip


def _filled(function: Any) -> Any:
    """torch.empty and its like, without showing what memory held before."""

    def empty(*args: Any, **kwargs: Any) -> Tensor:
        made = function(*args, **kwargs)
        with torch.no_grad():
            made.zero_()
        return made  # type: ignore[no-any-return]

    return empty


def _from_numpy(array: Any) -> Tensor:
    made = torch.from_numpy(array)
    if running.recorder is not None:
        running.recorder.storages.join(made, array)
    return made


def _as_tensor(data: Any, **kwargs: Any) -> Tensor:
    made = torch.as_tensor(data, **kwargs)
    shared = (
        isinstance(data, np.ndarray)
        and made.numel()
        and made.data_ptr() == data.__array_interface__["data"][0]
    )
    if shared and running.recorder is not None:
        running.recorder.storages.join(made, data)
    return made


def _tensor(data: Any, **kwargs: Any) -> Tensor:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.tensor(data, **kwargs)


def _range(start: Any, end: Any = None, step: Any = 1, **kwargs: Any) -> Tensor:
    low, high = (0, start) if end is None else (start, end)
    kwargs.setdefault("dtype", torch.get_default_dtype())
    return torch.arange(low, high + step / 2 if step > 0 else high - abs(step) / 2, step, **kwargs)


_SPECIAL = {
    "empty": _filled(torch.empty), "empty_like": _filled(torch.empty_like), "from_numpy": _from_numpy,
    "as_tensor": _as_tensor, "tensor": _tensor, "range": _range,
}  # fmt: skip


def _save(value: Any, path: Any, **kwargs: Any) -> None:
    import copy

    if not isinstance(path, str):
        raise Refused("torch.save is offered with a file name, into the run's own scratch space")
    running.files[path] = copy.deepcopy(value)


def _load(path: Any, **kwargs: Any) -> Any:
    import copy

    if path not in running.files:
        raise FileNotFoundError(f"[Errno 2] No such file or directory: {path!r}")
    return copy.deepcopy(running.files[path])


def _printoptions(**kwargs: Any) -> None:
    allowed = {"precision", "sci_mode", "linewidth"}
    if set(kwargs) - allowed:
        raise Refused(f"set_printoptions takes {', '.join(sorted(allowed))} in the lab")
    if not 0 <= int(kwargs.get("precision", 4)) <= 16:
        raise ValueError("precision must be between 0 and 16")
    torch.set_printoptions(**kwargs)  # type: ignore[no-untyped-call]


def _set_default_dtype(dtype: Any) -> None:
    torch.set_default_dtype(dtype)


def _set_default_type(kind: Any) -> None:
    """torch.set_default_tensor_type, by the old class or by its name."""
    name = kind if isinstance(kind, str) else getattr(kind, "legacy", "")
    dtype = _LEGACY.get(name.removeprefix("torch."))
    if dtype is None:
        cuda = name.startswith("torch.cuda.")
        raise TypeError(
            f"type {name} not available. Torch not compiled with CUDA enabled."
            if cuda
            else "invalid type object"
        )
    if not dtype.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    torch.set_default_dtype(dtype)


def _set_default_device(device: Any) -> None:
    _device(device)  # the lab computes on the CPU whatever it is


def _deterministic(mode: Any, **kwargs: Any) -> None:
    if not mode:
        raise Refused("the lab's operations are always deterministic")


def _device(*args: Any) -> Any:
    made = torch.device(*args)
    if made.type not in ("cpu", "cuda", "mps"):
        raise Refused(f"the device '{made}' is not offered", hint="the lab computes on the CPU")
    return made


def _compile(model: Any = None, **kwargs: Any) -> Any:
    running.remark(Mend(running.line, "torch.compile gives back what it is given: nothing is compiled here"))
    return Decorator("compile", lambda made: made) if model is None else model


def _size(items: Any = ()) -> torch.Size:
    return torch.Size(items)


class InfoKind(Kind):
    """torch.finfo and iinfo."""

    name = "object"

    def __init__(self) -> None:
        super().__init__()
        names = ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype")
        self.attributes = {name: Property((lambda n: lambda info: getattr(info, n))(name)) for name in names}

    def repr(self, value: Any) -> str:
        return str(value)


register(InfoKind(), torch.finfo, torch.iinfo)


def load() -> None:
    load_methods()
    members = TORCH.members
    for rows in FAMILIES.values():
        for row in rows:
            if "m" in row.flags:
                continue
            moves = (1, 2) if row.name == "where" else (0,)
            function = _SPECIAL.get(row.name) or getattr(torch, row.name, None)
            if function is not None:
                members[row.name] = Op(row.name, function, row.kind, row.rule, info=row, moves=moves)
                inplace = getattr(torch, row.name + "_", None)
                if inplace is not None:
                    members[row.name + "_"] = Op(row.name + "_", inplace, "inplace", row.rule, info=row)
            function = getattr(F, row.name, None)
            if function is not None:
                FUNCTIONAL.members[row.name] = Op(
                    row.name, function, row.kind, row.rule, info=row, moves=moves
                )
    for name in ("relu_", "elu_", "leaky_relu_", "selu_"):
        FUNCTIONAL.members[name] = Op(name, getattr(F, name), "inplace")
    for name in ("sigmoid", "tanh"):
        FUNCTIONAL.members[name] = members[name]
    for hidden in _HIDDEN:
        members.pop(hidden, None)
    _add_methods(members)
    _add_types()
    _add_queries()
    _add_linalg()
    publish(TORCH, FUNCTIONAL)


_HIDDEN = ("unfold", "fold", "pad", "interpolate", "linear", "quantize")


def _add_methods(members: dict[str, Any]) -> None:
    """Functions that stand in no row, and methods that torch offers as functions too, such as fill_."""
    for table in (names.BOTH, names.FUNCTIONS):
        for name, kind, rule in names.rows(table):
            members.setdefault(name, Op(name, getattr(torch, name), kind, rule))
    for name, kind, rule in names.rows(names.FUNCTIONAL):
        FUNCTIONAL.members.setdefault(name, Op(name, getattr(F, name), kind, rule))
    for name, op in TENSOR.attributes.items():
        function = getattr(torch, name, None)
        if isinstance(op, Op) and callable(function) and name not in members and name not in _HIDDEN:
            members[name] = Op(name, function, op.kind, op.rule, info=op.info, moves=op.moves)


def _add_types() -> None:
    members = TORCH.members
    for name in _DTYPES:
        members[name] = getattr(torch, name)
    tensor = publish_type(TypeRef("Tensor", Tensor, _legacy_tensor, module="torch", doc="A tensor."))
    members["Tensor"] = tensor
    for name, dtype in _LEGACY.items():
        op = Op(name, legacy_constructor(dtype), "creation", "nested")
        ref = TypeRef(
            name, Tensor, lambda *args, op=op: op.call(args, {}), module="torch", test=_of_dtype(dtype)
        )
        ref.legacy = f"torch.{name}"  # type: ignore[attr-defined]
        ref.dtype = dtype  # type: ignore[attr-defined]
        members[name] = ref
    members["Size"] = publish_type(TypeRef("Size", torch.Size, _size, module="torch"))
    members["dtype"] = publish_type(TypeRef("dtype", torch.dtype, module="torch"))
    members["device"] = publish_type(TypeRef("device", torch.device, _device, module="torch"))


_LEGACY_TENSOR = Op(
    "Tensor", lambda *args: legacy_constructor(torch.get_default_dtype())(*args), "creation", "nested"
)


def _legacy_tensor(*args: Any) -> Any:
    return _LEGACY_TENSOR.call(args, {})


def _of_dtype(dtype: torch.dtype) -> Any:
    return lambda value: isinstance(value, Tensor) and value.dtype == dtype


def _add_queries() -> None:
    members = TORCH.members
    own = {
        "is_tensor": lambda x: isinstance(x, Tensor), "numel": lambda x: x.numel(), "save": _save, "load": _load, "compile": _compile,
        "set_default_dtype": _set_default_dtype, "set_default_tensor_type": _set_default_type, "set_printoptions": _printoptions,
        "get_float32_matmul_precision": lambda: "highest", "set_float32_matmul_precision": lambda precision: None,
        "get_default_device": lambda: torch.device("cpu"), "set_default_device": _set_default_device,
        "use_deterministic_algorithms": _deterministic, "are_deterministic_algorithms_enabled": lambda: True,
        "get_device": lambda x: x.get_device(), "get_num_threads": lambda: 1,
    }  # fmt: skip
    borrowed = {
        "is_floating_point": torch.is_floating_point, "is_complex": torch.is_complex, "is_nonzero": torch.is_nonzero,
        "seed": torch.initial_seed, "initial_seed": torch.initial_seed, "get_default_dtype": torch.get_default_dtype,
        "finfo": torch.finfo, "iinfo": torch.iinfo, "result_type": torch.result_type, "promote_types": torch.promote_types,
        "can_cast": torch.can_cast, "broadcast_shapes": torch.broadcast_shapes, "typename": torch.typename,
        "is_signed": torch.is_signed, "is_inference_mode_enabled": torch.is_inference_mode_enabled,
    }  # fmt: skip
    members.update({name: Native(name, function) for name, function in own.items()})
    members.update({name: Borrowed(name, function) for name, function in borrowed.items()})
    members.update(pi=math.pi, e=math.e, inf=math.inf, nan=math.nan, newaxis=None, strided="strided")
    cuda = {
        "is_available": lambda: False, "device_count": lambda: 0, "empty_cache": lambda: None, "synchronize": lambda: None,
        "manual_seed": lambda seed: None, "manual_seed_all": lambda seed: None, "memory_allocated": lambda *a: 0,
        "is_initialized": lambda: False, "get_device_name": _no_cuda, "current_device": _no_cuda,
    }  # fmt: skip
    members["cuda"] = Namespace("torch.cuda", {name: Native(name, fn) for name, fn in cuda.items()})
    members["accelerator"] = Namespace(
        "torch.accelerator",
        {
            "is_available": Native("is_available", lambda: False),
            "current_accelerator": Native("current_accelerator", lambda check_available=False: None),
            "device_count": Native("device_count", lambda: 0),
        },
    )
    mps = Namespace("torch.backends.mps", {"is_available": Native("is_available", lambda: False)})
    cudnn = Namespace("torch.backends.cudnn", {"deterministic": False, "benchmark": False, "enabled": False})
    cudnn.writable = True
    cudnn.members["is_available"] = Native("is_available", lambda: False)
    members["backends"] = Namespace("torch.backends", {"mps": mps, "cudnn": cudnn})
    members["version"] = Namespace("torch.version", {"cuda": None, "git_version": None})
    members["random"] = Namespace("torch.random", {})


def _no_cuda(*args: Any) -> Any:
    raise RuntimeError("No CUDA GPUs are available")


def _add_linalg() -> None:
    linalg = Namespace("torch.linalg", doc="Linear algebra.")
    for name in linear.LINALG.split():
        function = getattr(torch.linalg, name, None)
        if function is not None:
            kind = "reduction" if name in ("norm", "vector_norm", "matrix_norm") else "contraction"
            linalg.members[name] = Op(name, function, kind, linear.LINALG_RULES.get(name, "svd"))
    fft = Namespace("torch.fft", doc="Fourier transforms.")
    for name in (
        "fft",
        "ifft",
        "rfft",
        "irfft",
        "fft2",
        "ifft2",
        "fftn",
        "ifftn",
        "fftfreq",
        "rfftfreq",
        "fftshift",
        "ifftshift",
    ):
        fft.members[name] = Op(name, getattr(torch.fft, name), "contraction", "lengthened")
    special = Namespace("torch.special", doc="Special functions.")
    for name in ("expit", "erf", "erfc", "erfinv", "exp2", "expm1", "gammaln", "digamma", "log1p", "logit", "logsumexp", "sinc", "softmax", "log_softmax", "xlogy", "xlog1py", "entr", "ndtr", "i0"):  # fmt: skip
        special.members[name] = Op(name, getattr(torch.special, name), "elementwise")
    TORCH.members.update(linalg=linalg, fft=fft, special=special)
    publish(linalg, fft, special)


__all__ = ["DENIED", "FUNCTIONAL", "TORCH", "load"]
