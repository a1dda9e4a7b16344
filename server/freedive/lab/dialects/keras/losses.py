"""Keras losses: one value per sample by `compute`, then the mean (or sum) of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of
from freedive.lab.dialects.keras.functions import KERAS
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import RECORDING, EagerTensor, convert
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor
TINY = 1e-7


def _clip(p: T) -> T:
    return torch.clamp(p, TINY, 1 - TINY)


def _binary(y: T, p: T, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> T:
    if label_smoothing:
        y = y * (1 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        return F.binary_cross_entropy_with_logits(p, y, reduction="none").mean(axis)
    p = _clip(p)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean(axis)


def _categorical(y: T, p: T, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> T:
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / y.shape[-1]
    logp = torch.log_softmax(p, axis) if from_logits else torch.log(_clip(p / p.sum(axis, keepdim=True)))
    return -(y * logp).sum(axis)


def _sparse(y: T, p: T, from_logits: bool = False, ignore_class: Any = None, axis: int = -1) -> T:
    index = y.long()
    if index.dim() == p.dim() and index.shape[-1] == 1:
        index = index.squeeze(-1)
    if index.numel() and (int(index.min()) < 0 or int(index.max()) >= p.shape[-1]):
        raise ValueError(
            f"Received a label value of {int(index.max())} which is outside the valid range of [0, {p.shape[-1]})."
        )
    logp = torch.log_softmax(p, -1) if from_logits else torch.log(_clip(p))
    return -logp.gather(-1, index.unsqueeze(-1)).squeeze(-1)


def _unit(x: T) -> T:
    return F.normalize(x, dim=-1, eps=TINY)


def _huber(y: T, p: T, delta: float = 1.0) -> T:
    e = (y - p).abs()
    return torch.where(e <= delta, 0.5 * e * e, delta * e - 0.5 * delta * delta).mean(-1)


def _signs(y: T) -> T:
    return torch.where(y == 0, -torch.ones_like(y), y) if bool(((y == 0) | (y == 1)).all()) else y


def _focal(y: T, p: T, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> T:  # fmt: skip
    y = y * (1 - label_smoothing) + 0.5 * label_smoothing if label_smoothing else y
    p = _clip(torch.sigmoid(p) if from_logits else p)
    sure = y * p + (1 - y) * (1 - p)
    each = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)) * (1 - sure) ** gamma
    return (each * (y * alpha + (1 - y) * (1 - alpha)) if apply_class_balancing else each).mean(axis)


def _categorical_focal(y: T, p: T, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> T:  # fmt: skip
    y = y * (1 - label_smoothing) + label_smoothing / y.shape[-1] if label_smoothing else y
    p = _clip(torch.softmax(p, axis) if from_logits else p / p.sum(axis, keepdim=True))
    return (-y * torch.log(p) * alpha * (1 - p) ** gamma).sum(axis)


def _dice(y: T, p: T, axis: Any = None) -> T:
    both, all_ = (y * p).sum(), y.sum() + p.sum()
    return 1 - (2 * both + TINY) / (all_ + TINY)


def _logcosh(y: T, p: T) -> T:
    e = p - y
    return (e + F.softplus(-2 * e) - 0.6931471805599453).mean(-1)


LOSSES: dict[str, tuple[str, Callable[..., T], dict[str, Any]]] = {
    "MeanSquaredError": ("mean_squared_error", lambda y, p: ((p - y) ** 2).mean(-1), {}),
    "MeanAbsoluteError": ("mean_absolute_error", lambda y, p: (p - y).abs().mean(-1), {}),
    "MeanAbsolutePercentageError": ("mean_absolute_percentage_error", lambda y, p: 100 * ((y - p) / torch.clamp(y.abs(), min=TINY)).abs().mean(-1), {}),
    "MeanSquaredLogarithmicError": ("mean_squared_logarithmic_error", lambda y, p: ((torch.log1p(torch.clamp(p, min=TINY)) - torch.log1p(torch.clamp(y, min=TINY))) ** 2).mean(-1), {}),
    "BinaryCrossentropy": ("binary_crossentropy", _binary, {"from_logits": False, "label_smoothing": 0.0, "axis": -1}),
    "CategoricalCrossentropy": ("categorical_crossentropy", _categorical, {"from_logits": False, "label_smoothing": 0.0, "axis": -1}),
    "SparseCategoricalCrossentropy": ("sparse_categorical_crossentropy", _sparse, {"from_logits": False, "ignore_class": None, "axis": -1}),
    "KLDivergence": ("kl_divergence", lambda y, p: (y.clamp(TINY, 1) * torch.log(y.clamp(TINY, 1) / p.clamp(TINY, 1))).sum(-1), {}),
    "CosineSimilarity": ("cosine_similarity", lambda y, p, axis=-1: -(_unit(y) * _unit(p)).sum(-1), {"axis": -1}),
    "Hinge": ("hinge", lambda y, p: torch.clamp(1 - _signs(y) * p, min=0).mean(-1), {}),
    "SquaredHinge": ("squared_hinge", lambda y, p: (torch.clamp(1 - _signs(y) * p, min=0) ** 2).mean(-1), {}),
    "CategoricalHinge": ("categorical_hinge", lambda y, p: torch.clamp(((1 - y) * p).amax(-1) - (y * p).sum(-1) + 1, min=0), {}),
    "BinaryFocalCrossentropy": ("binary_focal_crossentropy", _focal, {"apply_class_balancing": False, "alpha": 0.25, "gamma": 2.0, "from_logits": False, "label_smoothing": 0.0, "axis": -1}),
    "CategoricalFocalCrossentropy": ("categorical_focal_crossentropy", _categorical_focal, {"alpha": 0.25, "gamma": 2.0, "from_logits": False, "label_smoothing": 0.0, "axis": -1}),
    "Dice": ("dice", _dice, {"axis": None}),
    "Huber": ("huber", _huber, {"delta": 1.0}), "LogCosh": ("log_cosh", _logcosh, {}),
    "Poisson": ("poisson", lambda y, p: (p - y * torch.log(p + TINY)).mean(-1), {}),
}  # fmt: skip
SHORT = {"mse": "mean_squared_error", "MSE": "mean_squared_error", "mae": "mean_absolute_error", "MAE": "mean_absolute_error", "mape": "mean_absolute_percentage_error", "msle": "mean_squared_logarithmic_error", "kld": "kl_divergence", "logcosh": "log_cosh", "bce": "binary_crossentropy"}  # fmt: skip
_OPS = {plain: Op(plain, fn, "loss", "none") for _, (plain, fn, _) in LOSSES.items()}


def match(y: Any, p: Any) -> tuple[T, T]:
    """Targets and predictions as floating point of one dtype; a missing last axis of one is added."""
    a, b = convert(y), convert(p)
    if not b.is_floating_point() or (b.dtype == torch.float64 and not isinstance(p, EagerTensor)):
        b = b.float()
    a = a.to(b.dtype)
    if a.dim() == b.dim() - 1 and b.shape[-1] == 1:
        a = a.unsqueeze(-1)
    elif b.dim() == a.dim() - 1 and a.shape[-1] == 1:
        b = b.unsqueeze(-1)
    return a, b


class Loss(Callable_):
    """A loss of Keras."""

    def __init__(self, name: str, options: dict[str, Any], reduction: Any) -> None:
        self.name = name
        self.plain = LOSSES[name][0]
        self.options = options
        self.reduction = reduction

    def each(self, y: Any, p: Any) -> T:
        a, b = match(y, p)
        if self.plain == "sparse_categorical_crossentropy":
            a = convert(y)
        with torch.set_grad_enabled(bool(RECORDING.tapes)):
            made: T = _OPS[self.plain].apply((a, b), self.options)
        return made

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        y, p = (*args, kwargs.get("y_true"), kwargs.get("y_pred"))[:2]
        weights = kwargs.get("sample_weight", args[2] if len(args) > 2 else None)
        values = self.each(y, p)
        if weights is not None:
            given = convert(weights).to(values.dtype)
            values = values * (given.reshape(values.shape) if given.numel() == values.numel() else given)
        return EagerTensor(reduced(values, self.reduction))


def reduced(values: T, how: Any) -> T:
    if how in (None, "none", "NONE"):
        return values
    return values.sum() if str(how).lower() == "sum" else values.mean()


class OwnLoss(Instance):
    """A loss that the snippet writes: its `call` gives a value for each row."""

    def __init__(self, name: Any = None, reduction: Any = "sum_over_batch_size", dtype: Any = None) -> None:
        self.fields: dict[str, Any] = dict(getattr(self, "fields", {}))
        self.label, self.reduction = name, reduction

    def each(self, y: Any, p: Any) -> T:
        found, member = member_of(self, "call")
        if not found:
            raise TypeError("a loss of one's own needs a method call(self, y_true, y_pred)")
        a, b = match(y, p)
        return convert(running.call(member, (EagerTensor(a), EagerTensor(b))))

    def total(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        values = self.each(y_true, y_pred)
        if sample_weight is not None:
            values = values * convert(sample_weight).to(values.dtype)
        return EagerTensor(reduced(values, self.reduction))


class OwnLossKind(InstanceKind):
    name = "loss"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"name": Property(lambda x: x.label), "reduction": Property(lambda x: x.reduction)}

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return value.total(*args, **kwargs)


register(OwnLossKind(), OwnLoss)


class LossKind(Kind):
    name = "loss"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"name": Property(lambda x: x.plain), "reduction": Property(lambda x: x.reduction)}

    def type_name(self, value: Any) -> str:
        return str(value.name)

    def class_of(self, value: Any) -> Any:
        return KERAS.members["losses"].members[value.name]

    def repr(self, value: Any) -> str:
        return f"<keras.losses.{value.name}>"


register(LossKind(), Loss)


def _class(name: str) -> TypeRef:
    defaults = LOSSES[name][2]

    def make(
        *args: Any, reduction: Any = "sum_over_batch_size", name: Any = None, dtype: Any = None, **kwargs: Any
    ) -> Loss:
        options = {**defaults, **dict(zip(defaults, args, strict=False))}
        unknown = set(kwargs) - set(defaults)
        if unknown:
            raise TypeError(f"{cls}.__init__() got an unexpected keyword argument '{unknown.pop()}'")
        return Loss(cls, {**options, **kwargs}, reduction)

    cls = name
    return TypeRef(
        name, Loss, make, module="keras.losses", test=lambda v: isinstance(v, Loss) and v.name == name
    )


def _function(name: str) -> Native:
    plain, _, defaults = LOSSES[name]

    def compute(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        loss = Loss(name, {**defaults, **dict(zip(defaults, args, strict=False)), **kwargs}, None)
        return EagerTensor(loss.each(y_true, y_pred))

    return Native(plain, compute)


def loss_for(given: Any) -> Callable[[Any, Any], T]:
    """A loss named, made, or written in the snippet, as a function to one number."""
    if isinstance(given, str):
        plain = SHORT.get(given, given)
        name = next((n for n, (p, _, _) in LOSSES.items() if plain in (p, n)), None)
        if name is None:
            error = ValueError(f"Could not interpret loss identifier: {given}")
            error.hint = f"did you mean '{nearest(given, [p for p, _, _ in LOSSES.values()])}'?"  # type: ignore[attr-defined]
            raise error
        given = Loss(name, dict(LOSSES[name][2]), "sum_over_batch_size")
    if isinstance(given, TypeRef):
        given = running.call(given)
    if isinstance(given, Loss | OwnLoss):
        return lambda y, p: reduced(given.each(y, p), given.reduction)
    return lambda y, p: convert(
        running.call(given, (EagerTensor(match(y, p)[0]), EagerTensor(convert(p))))
    ).mean()


def load() -> None:
    space = Namespace("keras.losses", doc="Losses.")
    for name, (plain, _, _) in LOSSES.items():
        space.members[name] = publish_type(_class(name)) if name == "MeanSquaredError" else _class(name)
        space.members[plain] = _function(name)
    for short, known in SHORT.items():
        space.members[short] = space.members[known]
    space.members["Loss"] = publish_type(NativeClass("Loss", OwnLoss, module="keras.losses"))
    space.members["get"] = Native("get", lambda name: space.members[SHORT.get(str(name), str(name))])
    KERAS.members["losses"] = space
    TF.members["losses"] = space
    publish(space)
