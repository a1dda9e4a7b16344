"""Keras metrics: numbers gathered over batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of
from freedive.lab.dialects.keras.functions import KERAS, initial, plain_name
from freedive.lab.dialects.keras.losses import LOSSES, SHORT, Loss, match
from freedive.lab.dialects.keras.weights import Weight
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


def _classes(x: T) -> T:
    return x.argmax(-1)


def _labels(y: T, p: T) -> T:
    index = y.long()
    return index.squeeze(-1) if index.dim() == p.dim() and index.shape[-1] == 1 else index


def _top_k(y: T, p: T, k: int) -> T:
    return (p.topk(int(k), -1).indices == y.unsqueeze(-1)).any(-1).float()


MEANS: dict[str, tuple[Callable[..., T], dict[str, Any]]] = {
    "Accuracy": (lambda y, p: (y == p).float(), {}),
    "BinaryAccuracy": (lambda y, p, threshold=0.5: (y == (p > threshold).to(y.dtype)).float(), {"threshold": 0.5}),
    "CategoricalAccuracy": (lambda y, p: (_classes(y) == _classes(p)).float(), {}),
    "SparseCategoricalAccuracy": (lambda y, p: (_labels(y, p) == _classes(p)).float(), {}),
    "TopKCategoricalAccuracy": (lambda y, p, k=5: _top_k(_classes(y), p, k), {"k": 5}),
    "SparseTopKCategoricalAccuracy": (lambda y, p, k=5: _top_k(_labels(y, p), p, k), {"k": 5}),
    "CosineSimilarity": (lambda y, p: -LOSSES["CosineSimilarity"][1](y, p), {}),
    "RootMeanSquaredError": (lambda y, p: ((p - y) ** 2).reshape(-1), {}),
}  # fmt: skip
for _name in ("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "KLDivergence", "Hinge", "SquaredHinge", "CategoricalHinge", "Poisson", "LogCosh"):  # fmt: skip
    MEANS[_name] = (LOSSES[_name][1], LOSSES[_name][2])
COUNTS = (
    "TruePositives",
    "TrueNegatives",
    "FalsePositives",
    "FalseNegatives",
    "Precision",
    "Recall",
    "AUC",
    "F1Score",
    "R2Score",
    "MeanIoU",
)


class Metric(Callable_):
    """A metric: `update_state`, `result`, `reset_state`."""

    def __init__(
        self, kind: str, name: Any = None, options: dict[str, Any] | None = None, function: Any = None
    ) -> None:
        self.kind = kind
        self.name = str(name or plain_name(kind))
        self.options = options or {}
        self.function = function
        self.reset()

    def reset(self) -> None:
        self.total = 0.0
        self.count = 0.0
        self.kept: list[tuple[T, T]] = []

    def update(self, *args: Any, sample_weight: Any = None) -> None:
        with torch.no_grad():
            if self.kind in ("Mean", "Sum"):
                t = convert(args[0]).double()
                self.total += float(t.sum())
                self.count += t.numel()
                return
            y, p = args[:2]
            a, b = match(y, p)
            if self.kind in COUNTS:
                self.kept.append(
                    (
                        a.reshape(-1) if self.kind not in ("F1Score", "R2Score") else a,
                        b.reshape(-1) if self.kind not in ("F1Score", "R2Score") else b,
                    )
                )
                return
            if self.function is not None:
                values = convert(running.call(self.function, (EagerTensor(a), EagerTensor(b)))).detach()
            elif self.kind in (
                "SparseCategoricalAccuracy",
                "SparseTopKCategoricalAccuracy",
                "SparseCategoricalCrossentropy",
            ):
                values = MEANS[self.kind][0](convert(y), b, **self.options)
            else:
                values = MEANS[self.kind][0](a, b, **self.options)
            weights = (
                None
                if sample_weight is None
                else convert(sample_weight).to(values.dtype).reshape(values.shape)
            )
            self.total += float((values if weights is None else values * weights).sum())
            self.count += values.numel() if weights is None else float(weights.sum())

    def value(self) -> float:
        if self.kind == "Sum":
            return self.total
        if self.kind in COUNTS:
            return self._counted()
        mean = self.total / self.count if self.count else 0.0
        return mean**0.5 if self.kind == "RootMeanSquaredError" else mean

    def _counted(self) -> float:
        if not self.kept:
            return 0.0
        y, p = torch.cat([a for a, _ in self.kept]), torch.cat([b for _, b in self.kept])
        if self.kind == "AUC":
            return _auc(y, p)
        if self.kind == "R2Score":
            rest, spread = ((y - p) ** 2).sum(0), ((y - y.mean(0)) ** 2).sum(0)
            return float((1 - rest / spread).mean())
        if self.kind == "MeanIoU":
            return _overlap(y.long(), p.long(), int(self.options["num_classes"]))
        if self.kind == "F1Score":
            return float(self.each().mean())
        cut = self.options.get("thresholds")
        chosen, truth = p > float(0.5 if cut is None else cut), y > 0.5
        tp, fp = float((chosen & truth).sum()), float((chosen & ~truth).sum())
        fn, tn = float((~chosen & truth).sum()), float((~chosen & ~truth).sum())
        return {
            "TruePositives": tp, "FalsePositives": fp, "FalseNegatives": fn, "TrueNegatives": tn,
            "Precision": _ratio(tp, tp + fp), "Recall": _ratio(tp, tp + fn), "F1Score": _ratio(2 * tp, 2 * tp + fp + fn),
        }[self.kind]  # fmt: skip

    def each(self) -> T:
        """The F1 score of each class."""
        y, p = torch.cat([a for a, _ in self.kept]), torch.cat([b for _, b in self.kept])
        cut = self.options.get("threshold")
        chosen = p == p.amax(-1, keepdim=True) if cut is None else p > float(cut)
        hits = (chosen & (y > 0.5)).sum(0)
        return 2 * hits / (chosen.sum(0) + (y > 0.5).sum(0) + 1e-7)

    def shown(self) -> Any:
        """The result as a tensor."""
        if self.kind == "F1Score" and self.kept and self.options.get("average") is None:
            return EagerTensor(self.each())
        return EagerTensor(torch.tensor(self.value()))

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.update(*args, **kwargs)
        return self.shown()


def _overlap(y: T, p: T, classes: int) -> float:
    """The mean over the classes of what both name it, divided by what either does."""
    shares = [
        float(((y == c) & (p == c)).sum()) / float(((y == c) | (p == c)).sum())
        for c in range(classes)
        if bool(((y == c) | (p == c)).any())
    ]
    return sum(shares) / max(1, len(shares))


class OwnMetric(Instance):
    """A metric that the snippet writes: its weights, how they change with a batch, and what they tell."""

    def __init__(self, name: Any = None, dtype: Any = None) -> None:
        self.fields: dict[str, Any] = dict(getattr(self, "fields", {}))
        self.name = str(name or plain_name(type(self).__name__))
        self.weights: list[Weight] = []

    def add(
        self,
        *args: Any,
        shape: Any = (),
        initializer: Any = "zeros",
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> Weight:
        # both orders are written: add_weight(name=...), and shape first as layers have it
        name = name or next((a for a in args if isinstance(a, str)), "variable")
        shape = next((a for a in args if isinstance(a, list | tuple)), shape)
        made = Weight(initial(initializer, shape_list(shape)), False, name)
        self.weights.append(made)
        return made

    def reset(self) -> None:
        found, member = member_of(self, "reset_state")
        if found:
            running.call(member, ())
            return
        for weight in self.weights:
            weight.write(torch.zeros_like(weight.t))

    def update(self, *args: Any, **kwargs: Any) -> None:
        running.call(member_of(self, "update_state")[1], args, kwargs)

    def shown(self) -> Any:
        return running.call(member_of(self, "result")[1], ())

    def value(self) -> float:
        return float(convert(self.shown()))


class OwnMetricKind(InstanceKind):
    name = "metric"

    def __init__(self) -> None:
        super().__init__()
        reset = Native("reset_state", lambda m: m.reset())
        self.attributes = {
            "add_weight": Native("add_weight", OwnMetric.add), "add_variable": Native("add_variable", OwnMetric.add), "reset_state": reset,
            "reset_states": reset, "name": Property(lambda m: m.name), "variables": Property(lambda m: list(m.weights)), "dtype": Property(lambda m: "float32"),
        }  # fmt: skip

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        value.update(*args, **kwargs)
        return value.shown()


register(OwnMetricKind(), OwnMetric)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _auc(y: T, p: T) -> float:
    """The area under the ROC curve, by the trapezoids between 200 thresholds as Keras does."""
    cuts = torch.cat([torch.tensor([-1e-7]), torch.arange(1, 199) / 199.0, torch.tensor([1 + 1e-7])])
    truth = y > 0.5
    above = p.unsqueeze(0) > cuts.unsqueeze(1)
    positives, negatives = max(1, int(truth.sum())), max(1, int((~truth).sum()))
    recall, fall = (above & truth).sum(1) / positives, (above & ~truth).sum(1) / negatives
    return float(((fall[:-1] - fall[1:]) * (recall[:-1] + recall[1:]) / 2).sum())


def _update(metric: Metric, *args: Any, **kwargs: Any) -> None:
    given = [*args, *(kwargs.pop(k) for k in ("y_true", "y_pred", "values") if k in kwargs)]
    metric.update(*given, **kwargs)


class MetricKind(Kind):
    name = "metric"

    def __init__(self) -> None:
        super().__init__()
        reset = Native("reset_state", lambda m: m.reset())
        self.attributes = {
            "update_state": Native("update_state", _update), "result": Native("result", lambda m: m.shown()),
            "reset_state": reset, "reset_states": reset, "name": Property(lambda m: m.name),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return str(value.kind)

    def class_of(self, value: Any) -> Any:
        return KERAS.members["metrics"].members.get(value.kind)

    def repr(self, value: Any) -> str:
        return f"<{value.kind} name={value.name}>"


register(MetricKind(), Metric)


def _class(kind: str, options: dict[str, Any]) -> TypeRef:
    def make(*args: Any, name: Any = None, dtype: Any = None, **kwargs: Any) -> Metric:
        first = [a for a in args if not isinstance(a, str)]
        label = name or next((a for a in args if isinstance(a, str)), None)
        given = {
            **options,
            **dict(zip(options, first, strict=False)),
            **{k: v for k, v in kwargs.items() if k in options},
        }
        return Metric(kind, label, given)

    return TypeRef(
        kind, Metric, make, module="keras.metrics", test=lambda v: isinstance(v, Metric) and v.kind == kind
    )


def metric_for(given: Any, loss: Any, width: int, sparse: bool) -> Any:
    """A metric named, made, or written in the snippet; 'accuracy' is chosen by the loss and the output's width."""
    if isinstance(given, Metric | OwnMetric):
        given.reset()
        return given
    if isinstance(given, TypeRef):
        return running.call(given)
    if isinstance(given, str):
        if given in ("accuracy", "acc"):
            kind = (
                "BinaryAccuracy"
                if width == 1
                else "SparseCategoricalAccuracy"
                if sparse
                else "CategoricalAccuracy"
            )
            return Metric(kind, given, dict(MEANS[kind][1]))
        plain = SHORT.get(given, given)
        kind_found = next((k for k in (*MEANS, *COUNTS) if plain in (k, plain_name(k))), None)
        if kind_found is None:
            error = ValueError(f"Could not interpret metric identifier: {given}")
            error.hint = f"did you mean '{nearest(given, [plain_name(k) for k in MEANS])}'?"  # type: ignore[attr-defined]
            raise error
        return Metric(kind_found, given, dict(MEANS[kind_found][1]) if kind_found in MEANS else {})
    if isinstance(given, Loss):
        return Metric(given.name, given.plain, given.options)
    return Metric("function", getattr(given, "name", "metric"), {}, given)


_OPTIONS: dict[str, dict[str, Any]] = {
    "MeanIoU": {"num_classes": 2},
    "F1Score": {"average": None, "threshold": None},
}


def load() -> None:
    space = Namespace("keras.metrics", doc="Metrics.")
    for kind, (_, options) in MEANS.items():
        space.members[kind] = _class(kind, options)
    for kind in ("Mean", "Sum", *COUNTS):
        own = _OPTIONS.get(kind, {})
        space.members[kind] = _class(kind, own or ({"thresholds": None} if kind in COUNTS else {}))
    losses = KERAS.members["losses"].members
    for name in (
        "mean_squared_error",
        "mean_absolute_error",
        "binary_crossentropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
    ):
        space.members[name] = losses[name]
    for name in ("binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"):
        kind = "".join(part.title() for part in name.split("_"))
        space.members[name] = Native(
            name,
            (
                lambda k: (
                    lambda y, p: EagerTensor(
                        MEANS[k][0](*((convert(y), convert(p)) if k.startswith("Sparse") else match(y, p)))
                    )
                )
            )(kind),
        )
    space.members["Metric"] = publish_type(NativeClass("Metric", OwnMetric, module="keras.metrics"))
    KERAS.members["metrics"] = TF.members["metrics"] = space
    publish(space)
