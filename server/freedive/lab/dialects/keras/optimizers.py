"""Keras optimizers, by Keras's own formulas and defaults (epsilon 1e-7), and learning-rate schedules.

A little over 400 lines: one short class for each formula, side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.dialects.keras.functions import KERAS, plain_name
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable, convert
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor
State = dict[str, T]


class Optimizer:
    """One optimizer: its settings and, for each variable, its slots."""

    defaults: dict[str, Any] = {}
    rate = 0.001

    def __init__(self, learning_rate: Any = None, *args: Any, **kwargs: Any) -> None:
        learning_rate = kwargs.pop("lr", learning_rate)
        self.schedule = learning_rate if isinstance(learning_rate, Schedule) else None
        given = (
            self.rate
            if learning_rate is None or self.schedule is not None
            else float(kind_of(learning_rate).number(learning_rate, float))
        )
        self.learning_rate = Variable(torch.tensor(given), False, "learning_rate")
        self.iterations = 0
        names = list(self.defaults)
        self.settings = {**self.defaults, **dict(zip(names, args, strict=False))}
        self.clip: dict[str, float] = {
            k: float(kwargs.pop(k))
            for k in ("clipnorm", "clipvalue", "global_clipnorm")
            if kwargs.get(k) is not None
        }
        self.decay = float(kwargs.pop("weight_decay", None) or self.defaults.get("weight_decay", 0.0) or 0.0)
        for key, value in kwargs.items():
            if key in self.defaults:
                self.settings[key] = value
            elif key not in (
                "name",
                "amsgrad",
                "jit_compile",
                "use_ema",
                "ema_momentum",
                "loss_scale_factor",
                "gradient_accumulation_steps",
                "decay",
                "clipnorm",
                "clipvalue",
                "global_clipnorm",
            ):
                raise ValueError(f"Argument(s) not recognized: {{'{key}': {value}}}")
        self.slots: dict[int, tuple[Variable, State]] = {}

    def current(self) -> float:
        return self.schedule.at(self.iterations) if self.schedule is not None else float(self.learning_rate.t)

    def apply(self, pairs: list[tuple[T | None, Variable]]) -> None:
        """One step for all variables."""
        lr = self.current()
        self.iterations += 1
        live = [(g, v) for g, v in pairs if g is not None]
        if not live:
            raise ValueError("No gradients provided for any variable.")
        if "global_clipnorm" in self.clip:
            total = torch.sqrt(sum((g * g).sum() for g, _ in live))  # type: ignore[arg-type]
            live = [
                (g * torch.clamp(self.clip["global_clipnorm"] / (total + 1e-12), max=1.0), v) for g, v in live
            ]
        with torch.no_grad():
            for g, v in live:
                if "clipvalue" in self.clip:
                    g = g.clamp(-self.clip["clipvalue"], self.clip["clipvalue"])
                if "clipnorm" in self.clip:
                    g = g * torch.clamp(self.clip["clipnorm"] / (g.norm() + 1e-12), max=1.0)
                if self.decay:
                    v.t.mul_(1 - lr * self.decay)
                slot = self.slots.setdefault(id(v), (v, {}))[1]
                self.update(v.t, g, slot, lr, self.iterations)
                rule = getattr(v, "constraint", None)
                if rule is not None:
                    v.t.copy_(rule(v.t))

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        raise TypeError("no update")

    def size(self) -> int:
        """How many numbers it keeps, once it has made a step: the slots, the count of steps and the rate."""
        if not self.slots:
            return 0
        return 2 + sum(t.numel() for _, slot in self.slots.values() for t in slot.values())

    def slot(self, slot: State, name: str, like: T, value: float = 0.0) -> T:
        if name not in slot:
            slot[name] = torch.full_like(like, value, requires_grad=False)
        return slot[name]


class SGD(Optimizer):
    defaults = {"momentum": 0.0, "nesterov": False}
    rate = 0.01

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        momentum = float(self.settings["momentum"])
        if not momentum:
            x.sub_(g, alpha=lr)
            return
        m = self.slot(slot, "momentum", x)
        m.mul_(momentum).sub_(g, alpha=lr)
        x.add_(m * momentum - lr * g if self.settings["nesterov"] else m)


class Ftrl(Optimizer):
    defaults = {"learning_rate_power": -0.5, "initial_accumulator_value": 0.1, "l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0, "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0}  # fmt: skip

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        s = {key: float(value) for key, value in self.settings.items()}
        total = self.slot(slot, "accumulator", x, s["initial_accumulator_value"])
        linear = self.slot(slot, "linear", x)
        power = -s["learning_rate_power"]
        new = total + g * g
        l2 = s["l2_regularization_strength"] + s["beta"] / (2 * lr)
        shrunk = g + 2 * s["l2_shrinkage_regularization_strength"] * x
        linear.add_(shrunk - (new**power - total**power) / lr * x)
        quadratic = new**power / lr + 2 * l2
        held = linear.clamp(-s["l1_regularization_strength"], s["l1_regularization_strength"])
        x.copy_((held - linear) / quadratic)
        total.copy_(new)


class RMSprop(Optimizer):
    defaults = {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        s = self.settings
        v = self.slot(slot, "velocity", x)
        v.mul_(s["rho"]).addcmul_(g, g, value=1 - s["rho"])
        base = v
        if s["centered"]:
            mean = self.slot(slot, "average", x)
            mean.mul_(s["rho"]).add_(g, alpha=1 - s["rho"])
            base = v - mean * mean
        change = lr * g / torch.sqrt(base + s["epsilon"])
        if s["momentum"] > 0:
            m = self.slot(slot, "momentum", x)
            m.mul_(s["momentum"]).add_(change)
            change = m
        x.sub_(change)


class Adam(Optimizer):
    defaults = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        b1, b2, eps = (float(self.settings[k]) for k in ("beta_1", "beta_2", "epsilon"))
        m, v = self.slot(slot, "momentum", x), self.slot(slot, "velocity", x)
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        x.sub_(m * (lr * math.sqrt(1 - b2**step) / (1 - b1**step)) / (torch.sqrt(v) + eps))


class AdamW(Adam):
    defaults = {**Adam.defaults, "weight_decay": 0.004}


class Nadam(Optimizer):
    defaults = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        b1, b2, eps = (float(self.settings[k]) for k in ("beta_1", "beta_2", "epsilon"))
        u, u_next = b1 * (1 - 0.5 * 0.96**step), b1 * (1 - 0.5 * 0.96 ** (step + 1))
        product = self.slot(slot, "product", torch.ones(()), 1.0)
        product.mul_(u)
        m, v = self.slot(slot, "momentum", x), self.slot(slot, "velocity", x)
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        m_hat = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
        x.sub_(m_hat * lr / (torch.sqrt(v / (1 - b2**step)) + eps))


class Adamax(Optimizer):
    defaults = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        b1, b2, eps = (float(self.settings[k]) for k in ("beta_1", "beta_2", "epsilon"))
        m, u = self.slot(slot, "m", x), self.slot(slot, "u", x)
        m.mul_(b1).add_(g, alpha=1 - b1)
        torch.maximum(u.mul_(b2), g.abs(), out=u)
        x.sub_(lr * m / ((1 - b1**step) * (u + eps)))


class Adagrad(Optimizer):
    defaults = {"initial_accumulator_value": 0.1, "epsilon": 1e-7}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        a = self.slot(slot, "accumulator", x, float(self.settings["initial_accumulator_value"]))
        a.addcmul_(g, g)
        x.sub_(lr * g / torch.sqrt(a + self.settings["epsilon"]))


class Adadelta(Optimizer):
    defaults = {"rho": 0.95, "epsilon": 1e-7}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        rho, eps = self.settings["rho"], self.settings["epsilon"]
        a, d = self.slot(slot, "accumulated", x), self.slot(slot, "delta", x)
        a.mul_(rho).addcmul_(g, g, value=1 - rho)
        change = -torch.sqrt(d + eps) * g / torch.sqrt(a + eps)
        d.mul_(rho).addcmul_(change, change, value=1 - rho)
        x.add_(lr * change)


class Lion(Optimizer):
    defaults = {"beta_1": 0.9, "beta_2": 0.99}

    def update(self, x: T, g: T, slot: State, lr: float, step: int) -> None:
        first, second = float(self.settings["beta_1"]), float(self.settings["beta_2"])
        m = self.slot(slot, "momentum", x)
        x.sub_(lr * torch.sign(first * m + (1 - first) * g))
        m.mul_(second).add_(g, alpha=1 - second)


class Schedule:
    """A learning rate that depends on the step."""

    def __init__(self, at: Callable[[int], float], name: str) -> None:
        self.at = at
        self.name = name


def _exponential(
    initial_learning_rate: float,
    decay_steps: int,
    decay_rate: float,
    staircase: bool = False,
    name: Any = None,
) -> Schedule:
    return Schedule(
        lambda s: (
            initial_learning_rate * decay_rate ** ((s // decay_steps) if staircase else s / decay_steps)
        ),
        "ExponentialDecay",
    )


def _piecewise(boundaries: Any, values: Any, name: Any = None) -> Schedule:
    cuts, levels = collect(boundaries), collect(values)
    return Schedule(lambda s: float(levels[sum(s > c for c in cuts)]), "PiecewiseConstantDecay")


def _cosine(initial_learning_rate: float, decay_steps: int, alpha: float = 0.0, **kwargs: Any) -> Schedule:
    return Schedule(
        lambda s: (
            initial_learning_rate
            * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(s, decay_steps) / decay_steps)) + alpha)
        ),
        "CosineDecay",
    )


def _polynomial(
    initial_learning_rate: float,
    decay_steps: int,
    end_learning_rate: float = 1e-4,
    power: float = 1.0,
    **kwargs: Any,
) -> Schedule:
    return Schedule(
        lambda s: (
            (initial_learning_rate - end_learning_rate) * (1 - min(s, decay_steps) / decay_steps) ** power
            + end_learning_rate
        ),
        "PolynomialDecay",
    )


def _inverse(
    initial_learning_rate: float,
    decay_steps: int,
    decay_rate: float,
    staircase: bool = False,
    name: Any = None,
) -> Schedule:
    return Schedule(
        lambda s: (
            initial_learning_rate / (1 + decay_rate * ((s // decay_steps) if staircase else s / decay_steps))
        ),
        "InverseTimeDecay",
    )


def apply_gradients(optimizer: Optimizer, grads_and_vars: Any, **kwargs: Any) -> None:
    pairs = []
    for pair in collect(grads_and_vars):
        gradient, variable = collect(pair)
        pairs.append((None if gradient is None else convert(gradient).detach(), variable))
    optimizer.apply(pairs)


def _apply(optimizer: Optimizer, grads: Any, trainable_variables: Any = None) -> None:
    apply_gradients(optimizer, list(zip(collect(grads), collect(trainable_variables), strict=True)))


def _minimize(optimizer: Optimizer, loss: Any, var_list: Any, tape: Any = None) -> None:
    from freedive.lab.dialects.tensorflow.tape import Tape
    from freedive.lab.dialects.tensorflow.tensors import RECORDING

    own = tape if tape is not None else Tape()
    if tape is None:
        RECORDING.tapes.append(own)
        try:
            value = running.call(loss)
        finally:
            RECORDING.tapes.remove(own)
    else:
        value = loss
    sources = collect(running.call(var_list) if not isinstance(var_list, list | tuple) else var_list)
    apply_gradients(optimizer, list(zip(own.gradient(value, sources), sources, strict=True)))


class OptimizerKind(Kind):
    name = "optimizer"

    def __init__(self) -> None:
        super().__init__()
        rate = Property(
            lambda o: o.learning_rate if o.schedule is None else EagerTensor(torch.tensor(o.current())),
            _set_rate,
        )
        self.attributes = {
            "apply_gradients": Native("apply_gradients", apply_gradients), "apply": Native("apply", _apply), "minimize": Native("minimize", _minimize),
            "learning_rate": rate, "lr": rate, "iterations": Property(lambda o: EagerTensor(torch.tensor(o.iterations))), "name": Property(lambda o: plain_name(type(o).__name__)),
            "get_config": Native("get_config", lambda o: {"name": type(o).__name__, "learning_rate": o.current(), **o.settings}), "build": Native("build", lambda o, v: None),
            "variables": Property(lambda o: [o.learning_rate]),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        return f"<keras.src.optimizers.{type(value).__name__.lower()}.{type(value).__name__} object>"


def _set_rate(optimizer: Optimizer, value: Any) -> None:
    if isinstance(value, Schedule):
        optimizer.schedule = value
    else:
        optimizer.learning_rate.t.fill_(float(kind_of(value).number(value, float)))


class ScheduleKind(Kind):
    name = "schedule"

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        step = args[0] if args else kwargs["step"]
        return EagerTensor(torch.tensor(value.at(int(kind_of(step).number(step, int)))))

    def repr(self, value: Any) -> str:
        return f"<{value.name}>"


register(OptimizerKind(), Optimizer)
register(ScheduleKind(), Schedule)
CLASSES: dict[str, type[Optimizer]] = {
    c.__name__: c for c in (SGD, RMSprop, Adam, AdamW, Nadam, Adamax, Adagrad, Adadelta, Ftrl, Lion)
}


def optimizer_for(given: Any) -> Optimizer:
    if isinstance(given, Optimizer):
        return given
    if isinstance(given, str):
        name = next((n for n in CLASSES if n.lower() == given.lower()), None)
        if name is None:
            error = ValueError(f"Could not interpret optimizer identifier: {given}")
            error.hint = f"did you mean '{nearest(given.lower(), [n.lower() for n in CLASSES])}'?"  # type: ignore[attr-defined]
            raise error
        return CLASSES[name]()
    made = running.call(given)
    assert isinstance(made, Optimizer)
    return made


def load() -> None:
    space = Namespace("keras.optimizers", doc="Optimizers.")
    for name, python in CLASSES.items():
        space.members[name] = publish_type(
            TypeRef(
                name, python, python, module=f"keras.src.optimizers.{name.lower()}", doc=python.__doc__ or ""
            )
        )
    schedules = Namespace("keras.optimizers.schedules", {
        "ExponentialDecay": Native("ExponentialDecay", _exponential), "PiecewiseConstantDecay": Native("PiecewiseConstantDecay", _piecewise),
        "CosineDecay": Native("CosineDecay", _cosine), "PolynomialDecay": Native("PolynomialDecay", _polynomial), "InverseTimeDecay": Native("InverseTimeDecay", _inverse),
    })  # fmt: skip
    space.members["schedules"] = schedules
    space.members["legacy"] = Namespace("keras.optimizers.legacy", {n: space.members[n] for n in CLASSES})
    space.members["get"] = Native("get", optimizer_for)
    KERAS.members["optimizers"] = space
    TF.members["optimizers"] = space
    publish(space, schedules)
