"""torch.optim: optimizers and learning-rate schedulers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import optim
from torch.optim import lr_scheduler

from freedive.lab.classes import NativeClass
from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.door import Op, hand_over
from freedive.lab.exchange import callback
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.running import running
from freedive.lab.types import publish_type

OPTIMIZERS = (
    "SGD",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "RAdam",
    "Adagrad",
    "Adadelta",
    "RMSprop",
    "Rprop",
    "ASGD",
    "LBFGS",
)
SCHEDULERS = (
    "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "ReduceLROnPlateau",
    "LambdaLR", "MultiplicativeLR", "LinearLR", "ConstantLR", "PolynomialLR", "CyclicLR", "OneCycleLR", "SequentialLR",
    "ChainedScheduler",
)  # fmt: skip


def _step(optimizer: Any, closure: Any = None) -> Any:
    if closure is None and running.recorder is not None and running.recorder.on:
        parameters = [each for group in optimizer.param_groups for each in group["params"]]
        first = next((each for each in parameters if each.grad is not None), None)
        grad = None if first is None else first.grad
        running.recorder.moment("step", optimizer, (first, grad, 0 if grad is None else grad._version))
    for group in optimizer.param_groups:
        if group.get("fused"):  # its kernels trust that state and gradient are as large as the parameter
            group["fused"] = False
    if closure is not None:
        return optimizer.step(closure)
    plain = getattr(type(optimizer).step, "__wrapped__", None)
    if plain is None or "step" in optimizer.__dict__ or optimizer._optimizer_step_pre_hooks:
        return optimizer.step()  # a scheduler counts the steps through a wrapper of its own
    # torch wraps step in a profiler's range, which costs as much as a small step itself
    return plain(optimizer)


def _zero(optimizer: Any, set_to_none: bool = True) -> None:
    if running.recorder is not None:
        running.recorder.moment("zero", optimizer)
    if not set_to_none:
        optimizer.zero_grad(False)
        return
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None


class OptimizerKind(Kind):
    handed = True
    name = "optimizer"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "step": Op("step", _step, "optimizer", "none", raw=True),
            "zero_grad": Native("zero_grad", _zero),
            "param_groups": Property(lambda o: o.param_groups),
            "state_dict": Native("state_dict", lambda o: o.state_dict()),
            "load_state_dict": Native("load_state_dict", lambda o, state: o.load_state_dict(state)),
            "add_param_group": Native("add_param_group", lambda o, group: o.add_param_group(_group(group))),
            "defaults": Property(lambda o: o.defaults),
            "state": Property(lambda o: dict(o.state)),
        }

    def repr(self, value: Any) -> str:
        return repr(value)


class SchedulerKind(Kind):
    handed = True
    name = "scheduler"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "step": Native("step", _scheduler_step),
            "get_last_lr": Native("get_last_lr", lambda s: s.get_last_lr()),
            "get_lr": Native("get_lr", lambda s: s.get_last_lr()),
            "last_epoch": Property(lambda s: s.last_epoch),
            "base_lrs": Property(lambda s: s.base_lrs),
            "gamma": Property(lambda s: s.gamma),
            "best": Property(lambda s: s.best),
            "num_bad_epochs": Property(lambda s: s.num_bad_epochs),
            "optimizer": Property(lambda s: s.optimizer),
            "state_dict": Native(
                "state_dict", lambda s: {k: v for k, v in s.state_dict().items() if not k.startswith("_")}
            ),
        }

    def repr(self, value: Any) -> str:
        return f"<{type(value).__name__} object>"


def _scheduler_step(scheduler: Any, *args: Any, **kwargs: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler.step(*[float(a) if isinstance(a, torch.Tensor) else a for a in args], **kwargs)


register(OptimizerKind(), optim.Optimizer)
register(SchedulerKind(), lr_scheduler.LRScheduler, lr_scheduler.ReduceLROnPlateau)


def _group(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: collect(v) if key == "params" and not isinstance(v, torch.Tensor) else hand_over(v)
            for key, v in value.items()
        }
    return value


def _optimizer(python: Callable[..., Any]) -> Callable[..., Any]:
    def make(params: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(params, torch.Tensor):
            params = [_group(each) for each in collect(params)]
        return python(params, *args, **{k: hand_over(v) for k, v in kwargs.items()})

    return make


def _scheduler(python: Callable[..., Any]) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Any:
        def plain(value: Any) -> Any:
            if isinstance(value, Callable_):
                return callback(value)
            if isinstance(value, list):
                return [plain(each) for each in value]
            return value

        kwargs.pop("verbose", None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return python(*[plain(a) for a in args], **{k: plain(v) for k, v in kwargs.items()})

    return make


def load() -> None:
    space = Namespace("torch.optim", doc="Optimizers.")
    for name in OPTIMIZERS:
        python = getattr(optim, name)
        ref = NativeClass(
            name,
            python,
            module=f"torch.optim.{name.lower()}",
            make=_optimizer(python),
            extendable=False,
            doc=(python.__doc__ or ""),
        )
        space.members[name] = publish_type(ref)
    schedulers = Namespace("torch.optim.lr_scheduler", doc="Learning-rate schedules.")
    for name in SCHEDULERS:
        python = getattr(lr_scheduler, name)
        schedulers.members[name] = publish_type(
            NativeClass(
                name,
                python,
                module="torch.optim.lr_scheduler",
                make=_scheduler(python),
                extendable=False,
                doc=(python.__doc__ or ""),
            )
        )
    space.members["lr_scheduler"] = schedulers
    TORCH.members["optim"] = space
    publish(space, schedulers)
