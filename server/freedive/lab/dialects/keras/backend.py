"""keras.backend, K in old notebooks: functions of TensorFlow and keras.ops under their names of then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.keras.functions import KERAS
from freedive.lab.dialects.keras.layer import KerasTensor
from freedive.lab.dialects.tensorflow.namespaces import RANDOM, TF
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable, convert, dtype_of
from freedive.lab.kinds import Native
from freedive.lab.operators import collect, truth
from freedive.lab.running import running

_OF_OPS = {
    "dot": "matmul", "pow": "power", "flatten": "ravel", "permute_dimensions": "transpose", "reverse": "flip",
    **{name: name for name in (
        "abs", "all", "any", "cos", "cumprod", "cumsum", "elu", "equal", "exp", "expand_dims", "greater",
        "greater_equal", "hard_sigmoid", "less", "less_equal", "log", "max", "maximum", "mean", "min", "minimum", "not_equal",
        "one_hot", "ones_like", "prod", "relu", "repeat", "reshape", "round", "sigmoid", "sign", "sin", "softmax", "softplus",
        "softsign", "sqrt", "square", "squeeze", "stack", "std", "sum", "tanh", "tile", "transpose", "var", "zeros_like",
        "in_top_k", "eye", "cast",
    )},
}  # fmt: skip


def _variable(value: Any, dtype: Any = None, name: Any = None, constraint: Any = None) -> Variable:
    t = convert(value)
    wanted = dtype_of(dtype) if dtype is not None else torch.float32 if t.is_floating_point() else t.dtype
    return Variable(t.to(wanted), True, str(name or "Variable"))


def _constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    return TF.members["constant"].call((value, dtype or "float32", shape), {})


def _filled(name: str) -> Callable[..., Any]:
    def make(shape: Any, dtype: Any = None, name_: Any = None) -> Any:
        return Variable(TF.members[name].call((shape, dtype or "float32"), {}).t)

    return make


def _clip(x: Any, min_value: Any, max_value: Any) -> Any:
    t = convert(x)
    return TF.members["clip_by_value"].call((EagerTensor(t), min_value, max_value), {})


def _concatenate(tensors: Any, axis: int = -1) -> Any:
    return KERAS.members["ops"].members["concatenate"].call((tensors, axis), {})


def _gather(reference: Any, indices: Any) -> Any:
    return TF.members["gather"].call((reference, indices), {})


def _batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    return KERAS.members["ops"].members["matmul"].call((x, y), {})


def _repeat_elements(x: Any, rep: int, axis: int) -> Any:
    return TF.members["repeat"].call((x, rep, axis), {})


def _switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    t = convert(condition)
    if t.dim():
        return TF.members["where"].call((condition, then_expression, else_expression), {})
    chosen = then_expression if truth(condition) else else_expression
    return running.call(chosen) if not isinstance(chosen, EagerTensor) else chosen


def _update(how: str) -> Callable[..., Any]:
    def change(x: Any, new: Any) -> Any:
        old = x.t.detach()
        t = convert(new, like=old.dtype).detach()
        x.write({"": t, "add": old + t, "sub": old - t}[how])
        return x

    return change


def _numbers(x: Any) -> Any:
    return x.numpy()


def _set_value(x: Any, value: Any) -> None:
    x.write(convert(value, like=x.t.dtype).detach())


def _shape(x: Any) -> Any:
    return tuple(x.shape) if isinstance(x, KerasTensor) else tuple(convert(x).shape)


def _crossentropy(name: str) -> Callable[..., Any]:
    def loss(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
        return KERAS.members["ops"].members[name].call((target, output), {"from_logits": from_logits})

    return loss


def _random(name: str) -> Callable[..., Any]:
    def draw(
        shape: Any, first: float = 0.0, second: float = 1.0, dtype: Any = None, seed: Any = None, **more: Any
    ) -> Any:
        low = more.get("mean", more.get("minval", first))
        high = more.get("stddev", more.get("maxval", second))
        return RANDOM.members[name].call((shape, low, high), {"dtype": dtype or "float32"})

    return draw


def _l2(x: Any, axis: Any = None) -> Any:
    return TF.members["math"].members["l2_normalize"].call((x,), {"axis": axis})


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "variable": _variable, "constant": _constant, "zeros": _filled("zeros"), "ones": _filled("ones"), "clip": _clip, "concatenate": _concatenate,
    "gather": _gather, "batch_dot": _batch_dot, "repeat_elements": _repeat_elements, "switch": _switch, "update": _update(""),
    "update_add": _update("add"), "update_sub": _update("sub"), "eval": _numbers, "get_value": _numbers, "set_value": _set_value,
    "batch_get_value": lambda tensors: [_numbers(x) for x in collect(tensors)], "int_shape": _shape, "shape": lambda x: TF.members["shape"].call((x,), {}),
    "ndim": lambda x: len(_shape(x)), "dtype": lambda x: x.dtype if isinstance(x, KerasTensor) else DTYPE_NAMES[convert(x).dtype], "l2_normalize": _l2,
    "batch_flatten": lambda x: TF.members["reshape"].call((x, [-1, int(convert(x)[0].numel())]), {}), "stop_gradient": lambda x: TF.members["stop_gradient"].call((x,), {}),
    "categorical_crossentropy": _crossentropy("categorical_crossentropy"), "binary_crossentropy": _crossentropy("binary_crossentropy"),
    "sparse_categorical_crossentropy": _crossentropy("sparse_categorical_crossentropy"), "random_normal": _random("normal"), "random_uniform": _random("uniform"),
    "truncated_normal": _random("truncated_normal"), "map_fn": lambda fn, elems, **k: TF.members["map_fn"].call((fn, elems), {}),
    "arange": lambda start, stop=None, step=1, dtype="int32": TF.members["range"].call((start, stop, step), {"dtype": dtype}),
    "dropout": lambda x, level, noise_shape=None, seed=None: TF.members["nn"].members["dropout"].call((x,), {"rate": level}),
    "argmax": lambda x, axis=-1: TF.members["argmax"].call((x, axis), {}), "argmin": lambda x, axis=-1: TF.members["argmin"].call((x, axis), {}),
    "image_data_format": lambda: "channels_last", "set_image_data_format": lambda value: None, "set_floatx": lambda value: None, "set_epsilon": lambda value: None,
    "is_keras_tensor": lambda x: isinstance(x, KerasTensor), "is_sparse": lambda x: False, "to_dense": lambda x: x, "get_uid": lambda prefix="": 1,
    "cast_to_floatx": lambda x: convert(x).float().numpy(), "set_learning_phase": lambda value: None, "learning_phase": lambda: 0,
}  # fmt: skip


def load() -> None:
    ops, backend = KERAS.members["ops"].members, KERAS.members["backend"]
    for name, source in _OF_OPS.items():
        backend.members[name] = Native(name, (lambda op: lambda *a, **k: op.call(a, k))(ops[source]))
    for name, function in FUNCTIONS.items():
        backend.members[name] = Native(name, function)
    backend.members["name_scope"] = TF.members["name_scope"]
