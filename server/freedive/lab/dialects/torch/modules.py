"""nn.Module as a value of a snippet: its members, parameters and parts first, then a table of methods; how it is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from freedive.lab.classes import InstanceKind, NativeClass, member_of, set_property
from freedive.lab.dialects.torch.costs import LAYERS, layer_size
from freedive.lab.dialects.torch.kernels import layout, reshaped
from freedive.lab.dialects.torch.methods import Handle
from freedive.lab.dialects.torch.parts import GROUPS, Members, is_worked_out
from freedive.lab.door import Op, hand_over
from freedive.lab.dunders import plain_name
from freedive.lab.exchange import callback, receive
from freedive.lab.kinds import Kind, Native, is_known, kind_of, register
from freedive.lab.plain import Lazy
from freedive.lab.problems import no_attribute
from freedive.lab.running import running
from freedive.lab.types import publish_type, unpublished

CLASSES: dict[str, NativeClass] = {}
"""Layer classes by name; filled by `layers`."""

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


_HOLDERS = frozenset({list, tuple, dict, Tensor})
"""What nn.Module keeps as a plain field, whatever is in it."""


def _run_layer(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    return module(*args, **kwargs)


_OPS: dict[str, Op] = {}


def _op_for(module: nn.Module) -> Op:
    name = type(module).__name__
    found = _OPS.get(name)
    if found is None:
        kind = next((kind for kind, names in LAYERS.items() if name in names.split()), "layer")
        found = Op(name, _run_layer, kind, layer_size)
        _OPS[name] = found
    return found


class ModuleKind(InstanceKind):
    """nn.Module: the snippet's own members first, then parameters, submodules, plain fields, then a table of methods."""

    handed = True

    name = "nn_module"
    rank = 80
    spoken = frozenset({*GROUPS, "_forward_pre_hooks"})

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
        if owner is not None and type(value) is owner.python:
            return owner
        found = CLASSES.get(type(value).__name__)
        return unpublished(value) if found is None else publish_type(found)

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
        if is_worked_out(value, name):
            return receive(getattr(value, name))
        if name == "_forward_pre_hooks":
            return {key: hook for key, hook in value._forward_pre_hooks.items() if is_known(hook)}
        if name in self.attributes:
            return Kind.getattr(self, value, name)
        if name in _COMPUTED and hasattr(value, name):
            return getattr(value, name)
        raise no_attribute(type(value).__name__, name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        own = self.own(value, "__setattr__")
        if own is not None:
            running.call(own, (name, new))
        else:
            self.put(value, name, new)

    def put(self, value: Any, name: Any, new: Any) -> None:
        name = plain_name(name)
        if set_property(value, name, new):
            return
        if name.startswith("_"):
            mine = name in value.__dict__.get("lab_private", ())
            if not mine and (name in value.__dict__ or hasattr(type(value), name)):
                raise AttributeError(f"attribute '{name}' of a module cannot be replaced in the lab")
            value.__dict__.setdefault("lab_private", set()).add(name)
        elif hasattr(nn.Module, name) and name not in ("training", "forward"):
            raise AttributeError(f"attribute '{name}' of a module cannot be replaced in the lab")
        elif name == "forward":
            raise AttributeError("forward is replaced by writing a class with its own forward")
        if new is not None and not is_known(new):
            raise TypeError("this value cannot be kept in a module")
        setattr(value, name, new)
        if type(new) in _HOLDERS and running.recorder is not None:
            running.recorder.moment("kept", value, (name, new))

    def delattr(self, value: Any, name: str) -> None:
        self.drop(value, name)

    def drop(self, value: Any, name: str) -> None:
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


class NotImplementedByClass(RuntimeError):
    """A module without forward; known to the snippet under torch's name for it."""

    lab_mro = ("NotImplemented" + "Error", "RuntimeError", "Exception")


_HIDDEN = frozenset({"T_destination", "dump_patches", "call_super_init", "lab_private"})
_COMPUTED = frozenset({"training", "weight", "bias", "in_features", "out_features", "all_weights"})


def _method(name: str) -> Any:
    def run(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        method = getattr(module, name, None)
        if name == "zero_grad" and running.recorder is not None:
            running.recorder.moment("zero", module)
        if method is None:
            raise no_attribute(type(module).__name__, name, [])
        plain = [hand_over(a, raw=False) for a in args]
        before = [(each, layout(each)) for each in _weights(module)] if name in _CONVERTING else []
        made = method(*plain, **{k: hand_over(v) for k, v in kwargs.items() if k != "non_blocking"})
        for each, was in before:
            reshaped(each, was)
        if name in _LAZY:
            return Lazy("generator", map(receive, made))
        if name in ("keys", "values", "items"):
            return receive(list(made))
        return receive(made)

    run.__doc__ = getattr(getattr(nn.Module, name, None), "__doc__", "")
    return run


_CONVERTING = frozenset({"to", "cpu", "cuda", "float", "double", "half", "bfloat16", "type"})


def _weights(module: nn.Module) -> list[Any]:
    found = [*module.parameters(), *module.buffers()]
    return [
        each for each in found if not isinstance(each, nn.UninitializedParameter | nn.UninitializedBuffer)
    ]


def _hooking(name: str) -> Any:
    def run(module: nn.Module, function: Any) -> Handle:
        return Handle(getattr(module, name)(callback(function)))

    return run


def _apply(module: nn.Module, function: Any) -> nn.Module:
    def each(part: nn.Module) -> None:
        running.call(function, (part,))

    return module.apply(each)


MODULE = ModuleKind()
register(MODULE, nn.Module)
