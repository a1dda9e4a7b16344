"""Differentiation: backward and grad, gradient modes, jacobian and hessian, torch.func."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.dialects.torch.values import TENSOR, Tensor
from freedive.lab.door import Op, untraced
from freedive.lab.exchange import Borrowed, callback
from freedive.lab.functions import Function
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running


class GradMode(Callable_):
    """torch.no_grad() and its like: a context, or a decorator."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name = name
        self.make = make
        self.entered: list[Any] = []

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = args[0]
        if isinstance(function, Function):
            function.no_grad = self.make
        return function


class GradModeKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        context = value.make()
        context.__enter__()
        value.entered.append(context)
        return None

    def leave(self, value: Any, failed: BaseException | None) -> None:
        value.entered.pop().__exit__(None, None, None)


register(GradModeKind(), GradMode)


class ModeClass(Callable_):
    """`torch.no_grad`, called with brackets for a context or straight as a decorator."""

    def __init__(self, name: str, make: Callable[..., Any]) -> None:
        self.name = name
        self.make = make
        self.doc = make.__doc__ or ""

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if args and isinstance(args[0], Callable_):
            return GradMode(self.name, self.make).call(args, kwargs)
        return GradMode(self.name, lambda: self.make(*args, **kwargs))


def _set_grad_enabled(mode: Any) -> GradMode:
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(bool(mode))
    made = GradMode("set_grad_enabled", lambda: torch.set_grad_enabled(bool(mode)))

    class Restore:
        def __enter__(self) -> None:
            torch._C._set_grad_enabled(bool(mode))

        def __exit__(self, *args: object) -> None:
            torch._C._set_grad_enabled(before)

    made.make = Restore
    return made


def _backward(
    value: Tensor,
    gradient: Any = None,
    retain_graph: Any = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    running.meter.spend_backward()
    if running.recorder is not None and running.recorder.on:
        running.recorder.roots.append(value.grad_fn)
        running.recorder.moment("backward", value)
    start: Any = value.backward
    start(gradient, retain_graph, create_graph, inputs)


def _grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: Any = None, create_graph: bool = False, allow_unused: Any = None, is_grads_batched: bool = False, materialize_grads: bool = False) -> Any:  # fmt: skip
    running.meter.spend_backward()
    if running.recorder is not None and running.recorder.on:
        for each in outputs if isinstance(outputs, list | tuple) else [outputs]:
            running.recorder.roots.append(getattr(each, "grad_fn", None))
    return torch.autograd.grad(
        outputs,
        inputs,
        grad_outputs,
        retain_graph,
        create_graph,
        allow_unused=allow_unused,
        materialize_grads=materialize_grads,
    )


def _autograd_backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: Any = None, create_graph: bool = False
) -> None:
    if running.recorder is not None:
        running.recorder.moment("backward", tensors)
    torch.autograd.backward(tensors, grad_tensors, retain_graph, create_graph)


def transform(function: Callable[..., Any]) -> Callable[..., Any]:
    """A functional transform as the snippet sees it: takes functions, gives a function, its inside is not traced."""

    def make(*args: Any, **kwargs: Any) -> Any:
        made = function(*[_python(a) for a in args], **kwargs)
        name = getattr(function, "__name__", "function")
        op = Op(f"{name}(…)", _quietly(made), "autograd", "none", raw=True)
        return op

    return make


def _python(value: Any) -> Any:
    return callback(value) if isinstance(value, Callable_ | torch.nn.Module) else value


def _quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        with untraced():
            return function(*args, **kwargs)

    return run


def load() -> None:
    members = TORCH.members
    modes = {"no_grad": torch.no_grad, "enable_grad": torch.enable_grad, "inference_mode": torch.no_grad}
    for name, make in modes.items():
        members[name] = ModeClass(name, make)
    members["set_grad_enabled"] = Native("set_grad_enabled", _set_grad_enabled)
    members["is_grad_enabled"] = Borrowed("is_grad_enabled", torch.is_grad_enabled)
    TENSOR.attributes["backward"] = Op("backward", _backward, "autograd", "none")
    grad = Op("grad", _grad, "autograd", "none")
    functional = Namespace("torch.autograd.functional", doc="Jacobian, Hessian and products with them.")
    for name in ("jacobian", "hessian", "jvp", "vjp", "hvp", "vhp"):
        function = getattr(torch.autograd.functional, name)
        functional.members[name] = Op(name, _quietly(function), "autograd", "none", raw=True)
    autograd = Namespace(
        "torch.autograd",
        {"grad": grad, "functional": functional, "backward": Op("backward", _autograd_backward, "autograd", "none"),
         "gradcheck": Op("gradcheck", _quietly(torch.autograd.gradcheck), "autograd", "none", raw=True),
         "no_grad": members["no_grad"], "enable_grad": members["enable_grad"],
         "set_grad_enabled": members["set_grad_enabled"], "Variable": Native("Variable", _variable)},
    )  # fmt: skip
    func = Namespace("torch.func", doc="Function transforms.")
    for name in ("grad", "grad_and_value", "vmap", "jacrev", "jacfwd", "hessian"):
        func.members[name] = Native(name, transform(getattr(torch.func, name)))
    for name in ("jvp", "vjp"):
        func.members[name] = Native(name, _product(getattr(torch.func, name)))
    func.members["functional_call"] = Op(
        "functional_call", torch.func.functional_call, "layer", "none", raw=True
    )
    members.update(autograd=autograd, func=func, vmap=func.members["vmap"])
    publish(autograd, functional, func)


def _product(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        with untraced():
            made = function(*[_python(a) for a in args], **kwargs)
        if (
            isinstance(made, tuple)
            and len(made) > 1
            and callable(made[1])
            and not isinstance(made[1], Tensor)
        ):
            return (made[0], Op("vjp(…)", _quietly(made[1]), "autograd", "none"), *made[2:])
        return made

    return run


def _variable(data: Tensor, requires_grad: bool = False) -> Tensor:
    """torch.autograd.Variable of old: today a tensor; one of its own where it wants gradients and the given one does not."""
    return data.detach().requires_grad_(bool(requires_grad)) if requires_grad != data.requires_grad else data
