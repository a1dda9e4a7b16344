"""What goes on around computations: forward-mode differentiation, autocast, hooks on what is saved, checkpoints, jit."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import forward_ad

from freedive.lab.decorating import Decorator
from freedive.lab.dialects.torch.autograd import GradMode, ModeClass
from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.door import Op
from freedive.lab.exchange import Carried, callback
from freedive.lab.importing import MODULES, publish
from freedive.lab.kinds import Kind, Native, kind_of, register
from freedive.lab.mending import Mend
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef


def _cast(
    device_type: Any = "cuda", dtype: Any = None, enabled: bool = True, cache_enabled: Any = None
) -> Any:
    """torch.autocast; for a GPU it does nothing here, as where there is none."""
    on = bool(enabled) and str(device_type) == "cpu"
    return torch.autocast("cpu", dtype=dtype, enabled=on, cache_enabled=cache_enabled)


class Scaler:
    """torch.amp.GradScaler where there is no GPU: it scales nothing."""


def _step(scaler: Scaler, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
    return running.call(kind_of(optimizer).getattr(optimizer, "step"), args, kwargs)


class ScalerKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "scale": Native("scale", lambda scaler, outputs: outputs), "step": Native("step", _step),
            "unscale_": Native("unscale_", lambda scaler, optimizer: None), "update": Native("update", lambda scaler, new=None: None),
            "get_scale": Native("get_scale", lambda scaler: 1.0), "is_enabled": Native("is_enabled", lambda scaler: False),
            "state_dict": Native("state_dict", lambda scaler: {}),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "GradScaler"


register(ScalerKind(), Scaler)


def _saved(pack: Any, unpack: Any) -> GradMode:
    into, out = callback(pack, Carried), callback(unpack)
    return GradMode("saved_tensors_hooks", lambda: torch.autograd.graph.saved_tensors_hooks(into, out))


def _checkpoint(function: Any, *args: Any, use_reentrant: Any = None, **kwargs: Any) -> Any:
    """What a checkpoint computes; the lab keeps the values in between, which are few."""
    kwargs = {
        key: each for key, each in kwargs.items() if key not in ("preserve_rng_state", "determinism_check")
    }
    return running.call(function, args, kwargs)


def _checkpoint_sequential(functions: Any, segments: int, value: Any, **kwargs: Any) -> Any:
    for each in kind_of(functions).iterate(functions):
        value = running.call(each, (value,))
    return value


def _scripted(model: Any, *args: Any, **kwargs: Any) -> Any:
    running.remark(Mend(running.line, "torch.jit gives back what it is given: nothing is compiled here"))
    return model


def load() -> None:
    members = TORCH.members
    autograd = MODULES["torch.autograd"]
    forward = Namespace(
        "torch.autograd.forward_ad",
        {
            "dual_level": ModeClass("dual_level", forward_ad.dual_level),
            "make_dual": Op("make_dual", forward_ad.make_dual, "autograd", "none"),
            "unpack_dual": Op("unpack_dual", forward_ad.unpack_dual, "autograd", "none"),
        },
        doc="Derivatives carried along with the values.",
    )
    function = Namespace(
        "torch.autograd.function",
        {
            "Function": autograd.members["Function"],
            "once_differentiable": Decorator("once_differentiable", lambda made: made),
            "FunctionCtx": TypeRef("FunctionCtx", ()),
        },
    )
    graph = Namespace("torch.autograd.graph", {"saved_tensors_hooks": Native("saved_tensors_hooks", _saved)})
    checkpoint = Namespace(
        "torch.utils.checkpoint",
        {
            "checkpoint": Native("checkpoint", _checkpoint),
            "checkpoint_sequential": Native("checkpoint_sequential", _checkpoint_sequential),
        },
    )
    cast, scaler = ModeClass("autocast", _cast), Native("GradScaler", lambda *args, **kwargs: Scaler())
    on_gpu = ModeClass("autocast", lambda *args, **kwargs: _cast("cuda"))
    amp = Namespace("torch.amp", {"autocast": cast, "GradScaler": scaler})
    cuda_amp = Namespace("torch.cuda.amp", {"autocast": on_gpu, "GradScaler": scaler})
    jit = Namespace("torch.jit", {"script": Native("script", _scripted), "trace": Native("trace", _scripted)})
    members.update(autocast=cast)
    publish(jit)
    publish(forward, function, graph, checkpoint, amp, cuda_amp)
