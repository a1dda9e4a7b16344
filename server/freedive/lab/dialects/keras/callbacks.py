"""Callbacks, and who tells them what."""

from __future__ import annotations

import math
from typing import Any

import torch

from freedive.lab.classes import Instance, InstanceKind, member_of
from freedive.lab.dialects.keras.functions import KERAS
from freedive.lab.dialects.keras.layer import (
    variables,
)
from freedive.lab.dialects.keras.model import Model
from freedive.lab.dialects.tensorflow.tensors import convert
from freedive.lab.kinds import register
from freedive.lab.running import running

T = torch.Tensor


def _save(model: Model, path: Any, **kwargs: Any) -> None:
    running.files[str(path)] = ("weights", [v.t.detach().clone() for v in variables(model)], model)


# ------------------------------------------------------------ callbacks
class Callback(Instance):
    """Base of callbacks, and of the snippet's own."""

    def __init__(self) -> None:
        self.fields = dict(getattr(self, "fields", {}))


class History(Callback):
    def __init__(self, model: Any = None) -> None:
        super().__init__()
        self.fields.update(history={}, epoch=[], params={}, model=model)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        self.fields["epoch"].append(epoch)
        for key, value in logs.items():
            self.fields["history"].setdefault(key, []).append(value)


class EarlyStopping(Callback):
    def __init__(self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto", baseline: Any = None, restore_best_weights: bool = False, start_from_epoch: int = 0) -> None:  # fmt: skip
        super().__init__()
        self.monitor, self.delta, self.patience, self.verbose, self.restore = (
            monitor,
            abs(min_delta),
            patience,
            verbose,
            restore_best_weights,
        )
        self.sign = (
            -1.0
            if mode == "max" or (mode == "auto" and ("acc" in monitor or monitor.endswith("auc")))
            else 1.0
        )
        self.best, self.wait = math.inf, 0
        self.weights: list[T] | None = None
        self.fields["stopped_epoch"] = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        if self.monitor not in logs:
            return
        value = self.sign * logs[self.monitor]
        model = self.fields["model"]
        if value < self.best - self.delta:
            self.best, self.wait = value, 0
            if self.restore:
                self.weights = [v.t.detach().clone() for v in variables(model)]
            return
        self.wait += 1
        if self.wait >= max(1, self.patience) and epoch > 0:
            self.fields["stopped_epoch"] = epoch
            model.stop_training = True
            if self.restore and self.weights is not None:
                for v, old in zip(variables(model), self.weights, strict=True):
                    v.write(old)


class LearningRateScheduler(Callback):
    def __init__(self, schedule: Any, verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        optimizer = self.fields["model"].optimizer
        rate = optimizer.current()
        try:
            new = running.call(self.schedule, (epoch, rate))
        except TypeError:
            new = running.call(self.schedule, (epoch,))
        optimizer.learning_rate.t.fill_(float(convert(new)))

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        logs["learning_rate"] = self.fields["model"].optimizer.current()


class ReduceLROnPlateau(Callback):
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__()
        self.monitor, self.factor, self.patience, self.delta, self.least = (
            monitor,
            factor,
            patience,
            min_delta,
            min_lr,
        )
        self.best, self.wait = math.inf, 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        value = logs.get(self.monitor)
        if value is None:
            return
        if value < self.best - self.delta:
            self.best, self.wait = value, 0
            return
        self.wait += 1
        if self.wait >= self.patience:
            rate = self.fields["model"].optimizer.learning_rate.t
            rate.fill_(max(self.least, float(rate) * self.factor))
            self.wait = 0


class LambdaCallback(Callback):
    def __init__(self, **functions: Any) -> None:
        super().__init__()
        self.functions = functions


class ModelCheckpoint(Callback):
    def __init__(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.path = filepath

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        _save(self.fields["model"], self.path)


def each_set(callback: Any, model: Any, params: dict[str, Any]) -> None:
    callback.fields.update(model=model, params=params)


def tell(callbacks: list[Any], what: str, *args: Any) -> None:
    for each in callbacks:
        own, member = member_of(each, what)
        if own:
            needed = len(member.function.parameters.names) - 1
            given = [*args, *([None] * 2)][:needed]
            if given and given[-1] is None and what.endswith(("begin", "end")):
                given[-1] = {}
            running.call(member, tuple(given))
        elif isinstance(each, LambdaCallback) and each.functions.get(what) is not None:
            running.call(each.functions[what], (*args, *([{}] if len(args) < 2 else [])))
        elif hasattr(type(each), what) and not hasattr(getattr(type(each), what), "lab_class"):
            method = getattr(each, what)
            if what == "on_epoch_begin" or what == "on_epoch_end":
                method(*args)


class CallbackKind(InstanceKind):
    name = "callback"

    def class_of(self, value: Any) -> Any:
        owner = getattr(type(value), "lab_class", None)
        return owner if owner is not None else KERAS.members["callbacks"].members[type(value).__name__]

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def dir(self, value: Any) -> list[str]:
        return sorted(value.fields)

    def repr(self, value: Any) -> str:
        return f"<keras.src.callbacks.{type(value).__name__}>"


register(CallbackKind(), Callback)
