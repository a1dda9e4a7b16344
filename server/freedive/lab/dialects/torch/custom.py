"""torch.autograd.Function: operations whose forward and backward a snippet writes itself."""

from __future__ import annotations

from typing import Any

import torch

from freedive.lab.classes import NativeClass, UserClass
from freedive.lab.dialects.torch.descriptions import GradFnKind
from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.door import Op, hand_over, untraced
from freedive.lab.exchange import Carried, receive
from freedive.lab.importing import MODULES
from freedive.lab.instances import Instance
from freedive.lab.kinds import Kind, Native, Property, is_known, register
from freedive.lab.problems import no_attribute
from freedive.lab.running import running
from freedive.lab.types import publish_type


class Custom(Instance):
    """What a class that extends Function is made of; it has no objects, only `apply`."""


class Context:
    """`ctx`: what forward keeps for backward. The real one stays inside."""

    def __init__(self, real: Any) -> None:
        self.real = real
        if not hasattr(real, "lab_fields"):
            real.lab_fields = {}

    @property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = self.real.lab_fields
        return found


def _save(ctx: Context, *tensors: Any) -> None:
    for each in tensors:
        if each is not None and not isinstance(each, torch.Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument is of type {type(each).__name__}"
            )
    ctx.real.save_for_backward(*tensors)


class ContextKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "save_for_backward": Native("save_for_backward", _save),
            "saved_tensors": Property(lambda ctx: tuple(ctx.real.saved_tensors)),
            "needs_input_grad": Property(lambda ctx: tuple(ctx.real.needs_input_grad)),
            "mark_non_differentiable": Native("mark_non_differentiable", lambda ctx, *t: ctx.real.mark_non_differentiable(*t)),
            "set_materialize_grads": Native("set_materialize_grads", lambda ctx, on: ctx.real.set_materialize_grads(bool(on))),
        }  # fmt: skip

    def getattr(self, value: Any, name: str) -> Any:
        if name in self.attributes:
            return super().getattr(value, name)
        if name in value.fields:
            return value.fields[name]
        raise no_attribute("ctx", name, [*self.attributes, *value.fields])

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name in self.attributes or not is_known(new):
            raise AttributeError(f"attribute '{name}' of ctx cannot be set")
        value.fields[name] = new
        running.meter.room(1)

    def repr(self, value: Any) -> str:
        return "<ctx>"


register(ContextKind(), Context)
register(GradFnKind(), torch._C._FunctionBase)


def _part(owner: UserClass, name: str) -> Any:
    found = owner.find(name)
    if found is None:
        raise AttributeError(f"class {owner.name} has no static method '{name}'")
    return getattr(found, "function", found)


def _build(owner: UserClass) -> Any:
    """The real Function that calls the snippet's; what torch takes and gives is looked at both ways."""
    setup = owner.find("setup_context")

    def forward(ctx: Any, *carried: Any) -> Any:
        args = tuple(map(receive, carried))
        with untraced():
            if setup is None:
                return hand_over(running.call(_part(owner, "forward"), (Context(ctx), *args)))
            made = running.call(_part(owner, "forward"), args)
            running.call(_part(owner, "setup_context"), (Context(ctx), args, made))
            return hand_over(made)

    def backward(ctx: Any, *grads: Any) -> Any:
        with untraced():
            return hand_over(running.call(_part(owner, "backward"), (Context(ctx), *map(receive, grads))))

    body = {"forward": staticmethod(forward), "backward": staticmethod(backward), "__module__": "__main__"}
    return type(owner.name, (torch.autograd.Function,), body)


class Applied(Op):
    """`MyFunction.apply`: what is no tensor reaches the snippet's forward as the very thing that was given."""

    def __init__(self, owner: UserClass) -> None:
        built = _build(owner)
        super().__init__(owner.name, lambda *args: built.apply(*map(_carried, args)), "autograd", "none")

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if kwargs:
            raise TypeError(f"{self.name}.apply() takes no keyword arguments")
        return self.apply(args, {})


def _carried(value: Any) -> Any:
    return value if isinstance(value, torch.Tensor) else Carried(value)


def _apply(owner: UserClass) -> Op:
    built: Op | None = owner.shared_state.get("function")
    if built is None:
        built = owner.shared_state["function"] = Applied(owner)
    return built


class FunctionClass(NativeClass):
    def __init__(self) -> None:
        super().__init__("Function", Custom, module="torch.autograd.function")
        self.shared = {"apply": _apply, "__call__": lambda cls: Native(cls.name, _refuse)}


def _refuse(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("a Function is used through its apply: y = MyFunction.apply(x)")


def load() -> None:
    function = publish_type(FunctionClass())
    autograd = TORCH.members["autograd"]
    autograd.members["Function"] = function
    MODULES["torch.autograd"].members["Function"] = function
