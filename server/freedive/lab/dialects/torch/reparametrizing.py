"""torch.nn.utils.parametrize, parametrizations and prune: weights that are worked out of others whenever they are read."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from freedive.lab.classes import NativeClass, UserClass
from freedive.lab.dialects.torch.autograd import GradMode
from freedive.lab.door import hand_over
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.types import TypeRef


def _layer(value: Any) -> nn.Module:
    if not isinstance(value, nn.Module):
        raise TypeError("a layer is wanted here")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or value.startswith("_"):
        raise TypeError("the name of a weight is wanted here")
    return value


def _quiet(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def _on_layer(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a layer, the name of a weight, and numbers or a mask."""

    def run(module: Any, name: Any = "weight", *args: Any, **kwargs: Any) -> Any:
        given = [hand_over(each) for each in args]
        return _quiet(
            function,
            _layer(module),
            _name(name),
            *given,
            **{key: hand_over(each) for key, each in kwargs.items()},
        )

    return run


# ------------------------------------------------------------ parametrize
def _register(module: Any, tensor_name: Any, parametrization: Any, *, unsafe: bool = False) -> nn.Module:
    made: nn.Module = _quiet(
        parametrize.register_parametrization,
        _layer(module), _name(tensor_name), _layer(parametrization), unsafe=bool(unsafe),
    )  # fmt: skip
    return made


def _remove(module: Any, tensor_name: Any, leave_parametrized: bool = True) -> nn.Module:
    return parametrize.remove_parametrizations(_layer(module), _name(tensor_name), bool(leave_parametrized))


def _is_parametrized(module: Any, tensor_name: Any = None) -> bool:
    return parametrize.is_parametrized(_layer(module), None if tensor_name is None else _name(tensor_name))


# ------------------------------------------------------------ prune
class PruningClass(NativeClass):
    """A way of pruning: one of torch's, or what the snippet extends with a `compute_mask` of its own."""

    def __init__(self, name: str, python: type) -> None:
        super().__init__(name, python, module="torch.nn.utils.prune", overrides=("compute_mask", "__init__"), make=_given(python), extendable=name == "BasePruningMethod")  # fmt: skip
        self.shared = {"apply": lambda cls: Native("apply", _on_layer(cls.python.apply))}  # type: ignore[union-attr]
        if name != "BasePruningMethod":
            self.members["apply"] = Native("apply", _on_layer(python.apply))  # type: ignore[attr-defined]

    def finished(self, made: UserClass) -> None:
        kind = made.find("PRUNING_TYPE")
        if kind is not None:
            made.python.PRUNING_TYPE = str(kind)  # type: ignore[union-attr]


class PruningKind(Kind):
    name = "object"

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def repr(self, value: Any) -> str:
        return f"<torch.nn.utils.prune.{type(value).__name__} object>"


register(PruningKind(), prune.BasePruningMethod)


def _given(python: type) -> Callable[..., Any]:
    return lambda *args, **kwargs: python(
        *[hand_over(a) for a in args], **{k: hand_over(v) for k, v in kwargs.items()}
    )


def _global(parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any) -> None:
    python = getattr(pruning_method, "python", None)
    if not isinstance(python, type) or not issubclass(python, prune.BasePruningMethod):
        raise TypeError("pruning_method is a class such as prune.L1Unstructured")
    pairs = [
        (_layer(module), _name(name)) for module, name in (collect(each) for each in collect(parameters))
    ]
    prune.global_unstructured(pairs, python, **{key: hand_over(each) for key, each in kwargs.items()})


def _pruning() -> Namespace:
    space = Namespace("torch.nn.utils.prune", doc="Weights set to zero by masks.")
    for name in ("identity", "random_unstructured", "l1_unstructured", "random_structured", "ln_structured", "custom_from_mask", "remove"):  # fmt: skip
        space.members[name] = Native(name, _on_layer(getattr(prune, name)))
    for name in ("BasePruningMethod", "Identity", "RandomUnstructured", "L1Unstructured", "RandomStructured", "LnStructured", "CustomFromMask"):  # fmt: skip
        space.members[name] = PruningClass(name, getattr(prune, name))
    space.members["global_unstructured"] = Native("global_unstructured", _global)
    space.members["is_pruned"] = Native("is_pruned", lambda module: prune.is_pruned(_layer(module)))
    return space


def load() -> None:
    reparametrized = Namespace(
        "torch.nn.utils.parametrize",
        {
            "register_parametrization": Native("register_parametrization", _register),
            "remove_parametrizations": Native("remove_parametrizations", _remove),
            "is_parametrized": Native("is_parametrized", _is_parametrized),
            "cached": Native("cached", lambda: GradMode("cached", parametrize.cached)),
            "ParametrizationList": TypeRef("ParametrizationList", parametrize.ParametrizationList),
        },
        doc="Weights that are worked out of others by a layer.",
    )
    made = Namespace(
        "torch.nn.utils.parametrizations",
        {name: Native(name, _on_layer(getattr(parametrizations, name))) for name in ("orthogonal", "spectral_norm", "weight_norm")},
    )  # fmt: skip
    publish(reparametrized, made, _pruning())
