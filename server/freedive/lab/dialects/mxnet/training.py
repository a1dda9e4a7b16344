"""gluon.loss, gluon.data, gluon.Trainer and mxnet.metric: what a training loop is made of.

A little over 400 lines: one short formula for each loss and optimizer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.classes import Instance, InstanceKind, NativeClass
from freedive.lab.dialects.mxnet.functions import MXNET
from freedive.lab.dialects.mxnet.gluon import GLUON, HybridBlock
from freedive.lab.dialects.mxnet.parameters import Parameter
from freedive.lab.dialects.mxnet.values import NDArray, NdOp, wrap
from freedive.lab.dialects.tensorflow.ctc import ctc
from freedive.lab.dialects.torch.data import DataLoader, DatasetKind, LoaderKind, TensorDataset
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import publish_type

Tensor = torch.Tensor


# ------------------------------------------------------------ losses: one number for each example
def _l2(pred: Tensor, label: Tensor) -> Tensor:
    return (pred - label.reshape(pred.shape)) ** 2 / 2


def _l1(pred: Tensor, label: Tensor) -> Tensor:
    return (pred - label.reshape(pred.shape)).abs()


def _softmax_ce(pred: Tensor, label: Tensor, axis: int = -1, sparse: bool = True, from_logits: bool = False) -> Tensor:  # fmt: skip
    logs = pred if from_logits else torch.log_softmax(pred, axis)
    if not sparse:
        return -(logs * label.reshape(logs.shape)).sum(axis, keepdim=True)
    return -logs.gather(axis, label.long().unsqueeze(axis))


def _sigmoid_bce(pred: Tensor, label: Tensor, from_sigmoid: bool = False) -> Tensor:
    label = label.reshape(pred.shape)
    if from_sigmoid:
        return F.binary_cross_entropy(pred, label, reduction="none")
    return F.binary_cross_entropy_with_logits(pred, label, reduction="none")


def _huber(pred: Tensor, label: Tensor, rho: float = 1.0) -> Tensor:
    return F.smooth_l1_loss(pred, label.reshape(pred.shape), reduction="none", beta=rho)


def _hinge(pred: Tensor, label: Tensor, margin: float = 1.0) -> Tensor:
    return torch.relu(margin - pred * label.reshape(pred.shape))


def _logistic(pred: Tensor, label: Tensor, label_format: str = "signed") -> Tensor:
    label = label.reshape(pred.shape)
    return F.softplus(-pred * (label if label_format == "signed" else 2 * label - 1))


def _kl(pred: Tensor, label: Tensor, from_logits: bool = True, axis: int = -1) -> Tensor:
    logs = pred if from_logits else torch.log_softmax(pred, axis)
    return label * ((label + 1e-12).log() - logs)


def _poisson(pred: Tensor, label: Tensor, from_logits: bool = True) -> Tensor:
    label = label.reshape(pred.shape)
    return torch.exp(pred) - label * pred if from_logits else pred - label * torch.log(pred + 1e-8)


def _triplet(pred: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0) -> Tensor:
    near, far = ((other.reshape(pred.shape) - pred) ** 2 for other in (positive, negative))
    return torch.relu((near - far).flatten(1).sum(1) + margin)


def _cosine(one: Tensor, other: Tensor, label: Tensor, margin: float = 0.0) -> Tensor:
    alike = F.cosine_similarity(one, other, -1)
    return torch.where(label.reshape(alike.shape) == 1, 1 - alike, torch.relu(alike - margin))


LOSSES: dict[str, Callable[..., Tensor]] = {
    "L2Loss": _l2, "L1Loss": _l1, "SoftmaxCrossEntropyLoss": _softmax_ce, "SoftmaxCELoss": _softmax_ce,
    "SigmoidBinaryCrossEntropyLoss": _sigmoid_bce, "SigmoidBCELoss": _sigmoid_bce, "HuberLoss": _huber, "HingeLoss": _hinge,
    "LogisticLoss": _logistic, "KLDivLoss": _kl, "PoissonNLLLoss": _poisson, "TripletLoss": _triplet, "CosineEmbeddingLoss": _cosine,
}  # fmt: skip
_CALLED_FROM = {
    "axis": "axis",
    "sparse_label": "sparse",
    "from_logits": "from_logits",
    "from_sigmoid": "from_sigmoid",
}


class Loss(Callable_):
    """A loss with its options; the mean over all axes but the batch's."""

    def __init__(self, name: str, weight: float | None = None, batch_axis: int = 0, **options: Any) -> None:
        self.name = name
        self.weight = weight
        default = 0.5 if name == "L2Loss" else 1.0
        self.factor = 1.0 if weight is None else weight * (2.0 if default == 0.5 else 1.0)
        self.options = {_CALLED_FROM.get(key, key): value for key, value in options.items()}
        self.op = NdOp(name, self._compute, "loss")

    def _compute(
        self, pred: Tensor, label: Tensor, *more: Tensor | None, sample_weight: Tensor | None = None
    ) -> Tensor:
        third = self.name in ("TripletLoss", "CosineEmbeddingLoss")
        if more and not third:
            sample_weight = more[0]
        each = LOSSES[self.name](pred, label, *(more[:1] if third else ()), **self.options) * self.factor
        if self.name == "PoissonNLLLoss":
            return each.mean()
        if sample_weight is not None:
            each = each * sample_weight
        return each.flatten(1).mean(1) if each.dim() > 1 else each

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.op.call(args, kwargs)


class LossKind(Kind):
    name = "module"

    def __init__(self) -> None:
        super().__init__()
        self.attributes["hybridize"] = Native("hybridize", lambda loss, *args, **kwargs: None)

    def type_name(self, value: Any) -> str:
        return str(value.name)

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return value.call(args, kwargs)

    def repr(self, value: Any) -> str:
        return f"{value.name}(batch_axis=0, w={value.weight})"


register(LossKind(), Loss)


# ------------------------------------------------------------ data
class ArrayDataset(TensorDataset):
    """Arrays cut along their first axis together."""

    def __init__(self, *args: Any) -> None:
        if len({kind_of(a).length(a) for a in args}) > 1:
            raise AssertionError("All arrays must have the same length")
        self.tensors = args

    def __len__(self) -> int:
        return kind_of(self.tensors[0]).length(self.tensors[0])

    def __getitem__(self, index: Any) -> Any:
        items = tuple(kind_of(a).getitem(a, index) for a in self.tensors)
        return items[0] if len(items) == 1 else items


class GluonLoader(DataLoader):
    """Batches as lists of arrays."""

    def __init__(self, dataset: Any, batch_size: int | None = None, shuffle: bool = False, sampler: Any = None, last_batch: str = "keep", **other: Any) -> None:  # fmt: skip
        if batch_size is None:
            raise ValueError("batch_size must be specified unless batch_sampler is specified")
        super().__init__(dataset, batch_size, shuffle, sampler, drop_last=last_batch == "discard")

    def __iter__(self) -> Iterator[Any]:
        count = kind_of(self.dataset).length(self.dataset)
        order = torch.randperm(count) if self.shuffle else torch.arange(count)
        size = self.batch_size or 1
        for start in range(0, count, size):
            chosen = order[start : start + size]
            if self.drop_last and len(chosen) < size:
                return
            yield self._batch(chosen)

    def _batch(self, chosen: Tensor) -> Any:
        if isinstance(self.dataset, ArrayDataset) and all(isinstance(a, NDArray) for a in self.dataset.tensors):  # fmt: skip
            parts = [NDArray(a.data.detach()[chosen]) for a in self.dataset.tensors]
            return parts[0] if len(parts) == 1 else parts
        kind = kind_of(self.dataset)
        return _stacked([kind.getitem(self.dataset, int(i)) for i in chosen])


def _stacked(items: list[Any]) -> Any:
    first = items[0]
    if isinstance(first, tuple | list):
        return [_stacked(list(parts)) for parts in zip(*items, strict=True)]
    if isinstance(first, NDArray):
        stacked = torch.stack([item.data.detach() for item in items])
        return NDArray(stacked.squeeze(1) if first.data.shape == (1,) else stacked)
    return wrap(torch.from_numpy(np.asarray(items)))


class SimpleDataset(Instance):
    """Base of a snippet's own datasets."""


register(DatasetKind(), ArrayDataset)
register(LoaderKind(), GluonLoader)
register(InstanceKind(), SimpleDataset)


# ------------------------------------------------------------ optimizers
class Trainer:
    """Updates parameters from their gradients, divided by the batch size."""

    def __init__(self, params: Any, optimizer: str, optimizer_params: Any = None, **other: Any) -> None:
        found = list(params.values()) if isinstance(params, dict) else list(params)
        self.parameters: list[Parameter] = [p for p in found if isinstance(p, Parameter)]
        if len(self.parameters) != len(found):
            raise ValueError(
                "First argument must be a list or dict of Parameters, got something else among them."
            )
        self.name = str(optimizer).lower()
        if self.name not in OPTIMIZERS:
            raise ValueError(f"Cannot find optimizer {optimizer}; the lab has {', '.join(OPTIMIZERS)}")
        self.options = {"learning_rate": _RATES.get(self.name, 0.01), "wd": 0.0, **(optimizer_params or {})}
        self.steps = 0
        self.memory: dict[int, dict[str, Tensor]] = {}

    def step(self, batch_size: int, ignore_stale_grad: bool = False) -> None:
        self.steps += 1
        for index, parameter in enumerate(self.parameters):
            if parameter.grad_req == "null":
                continue
            weight = parameter.data().data
            gradient = parameter.grad().data / batch_size
            if self.options.get("clip_gradient") is not None:
                gradient = gradient.clamp(
                    -float(self.options["clip_gradient"]), float(self.options["clip_gradient"])
                )
            gradient = gradient + self.options["wd"] * weight.detach()
            memory = self.memory.setdefault(index, {})
            with torch.no_grad():
                change = OPTIMIZERS[self.name](self, gradient, memory)
                _UPDATE.call((weight, change), {})

    def rate(self) -> float:
        """The learning rate at this step."""
        schedule = self.options.get("lr_scheduler")
        return (
            float(self.options["learning_rate"])
            if schedule is None
            else float(running.call(schedule, (self.steps,)))
        )

    def option(self, name: str, default: float) -> float:
        if name == "learning_rate":
            return self.rate()
        return float(self.options.get(name, default))


def _update(weight: Tensor, change: Tensor) -> Tensor:
    return weight.sub_(change)


_UPDATE = Op("update", _update, "inplace")


def _sgd(t: Trainer, g: Tensor, memory: dict[str, Tensor]) -> Tensor:
    momentum, lr = t.option("momentum", 0.0), t.option("learning_rate", 0.01)
    if not momentum:
        return lr * g
    memory["v"] = momentum * memory.get("v", torch.zeros_like(g)) + lr * g
    return memory["v"]


def _nag(t: Trainer, g: Tensor, memory: dict[str, Tensor]) -> Tensor:
    """Nesterov's momentum: the step looks ahead."""
    momentum, lr = t.option("momentum", 0.0), t.option("learning_rate", 0.01)
    memory["v"] = momentum * memory.get("v", torch.zeros_like(g)) + g
    return lr * (g + momentum * memory["v"])


def _adam(t: Trainer, g: Tensor, memory: dict[str, Tensor]) -> Tensor:
    b1, b2, eps = t.option("beta1", 0.9), t.option("beta2", 0.999), t.option("epsilon", 1e-8)
    memory["m"] = b1 * memory.get("m", torch.zeros_like(g)) + (1 - b1) * g
    memory["v"] = b2 * memory.get("v", torch.zeros_like(g)) + (1 - b2) * g * g
    lr = t.option("learning_rate", 0.001) * (1 - b2**t.steps) ** 0.5 / (1 - b1**t.steps)
    change: Tensor = lr * memory["m"] / (memory["v"].sqrt() + eps)
    return change


def _adagrad(t: Trainer, g: Tensor, memory: dict[str, Tensor]) -> Tensor:
    memory["s"] = memory.get("s", torch.zeros_like(g)) + g * g
    return t.option("learning_rate", 0.01) * g / (memory["s"] + t.option("eps", 1e-7)).sqrt()


def _rmsprop(t: Trainer, g: Tensor, memory: dict[str, Tensor]) -> Tensor:
    rho = t.option("gamma1", 0.9)
    memory["s"] = rho * memory.get("s", torch.zeros_like(g)) + (1 - rho) * g * g
    return t.option("learning_rate", 0.001) * g / (memory["s"] + t.option("epsilon", 1e-8)).sqrt()


def _adadelta(t: Trainer, g: Tensor, memory: dict[str, Tensor]) -> Tensor:
    rho, eps = t.option("rho", 0.9), t.option("epsilon", 1e-5)
    memory["s"] = rho * memory.get("s", torch.zeros_like(g)) + (1 - rho) * g * g
    change = (memory.get("d", torch.zeros_like(g)) + eps).sqrt() / (memory["s"] + eps).sqrt() * g
    memory["d"] = rho * memory.get("d", torch.zeros_like(g)) + (1 - rho) * change * change
    return change


OPTIMIZERS: dict[str, Callable[[Trainer, Tensor, dict[str, Tensor]], Tensor]] = {
    "sgd": _sgd, "nag": _nag, "adam": _adam, "adagrad": _adagrad, "rmsprop": _rmsprop, "adadelta": _adadelta,
}  # fmt: skip


_RATES = {"adam": 0.001, "rmsprop": 0.001}


class OwnLoss(HybridBlock):
    """gluon.loss.Loss: a loss that the snippet writes."""

    def __init__(self, weight: Any = None, batch_axis: int = 0, **other: Any) -> None:
        super().__init__(other.get("prefix"), other.get("params"))
        self.weight, self.batch_axis = weight, batch_axis


class CTCLoss(HybridBlock):
    """gluon.loss.CTCLoss: the blank is the last class, and -1 fills labels up."""

    def __init__(
        self, layout: str = "NTC", label_layout: str = "NT", weight: Any = None, **other: Any
    ) -> None:
        super().__init__(other.get("prefix"), other.get("params"))
        self.layout, self.label_layout, self.weight = layout, label_layout, weight

    def forward(self, *args: Any) -> Any:
        lengths = [*args[2:], None, None]
        return NdOp("CTCLoss", self._compute, "loss").call((args[0], args[1], *lengths[:2]), {})

    def _compute(
        self, pred: Tensor, label: Tensor, lengths: Tensor | None, label_lengths: Tensor | None
    ) -> Tensor:
        logits = pred.transpose(0, 1) if self.layout == "NTC" else pred
        rows = label if self.label_layout == "NT" else label.T
        if label_lengths is None:
            label_lengths = (rows >= 0).sum(1)
        if lengths is None:
            lengths = torch.full((logits.shape[1],), logits.shape[0])
        made = ctc(logits, rows.clamp(min=0), lengths, label_lengths, logits.shape[2] - 1)
        return made if self.weight is None else made * self.weight


class TrainerKind(Kind):
    name = "optimizer"

    def __init__(self) -> None:
        super().__init__()
        self.attributes["step"] = self.attributes["update"] = Native("step", Trainer.step)
        self.attributes["allreduce_grads"] = Native("allreduce_grads", lambda t: None)
        self.attributes["optimizer"] = Property(lambda t: t.name)
        self.attributes["set_learning_rate"] = Native(
            "set_learning_rate", lambda t, lr: t.options.update(learning_rate=float(lr))
        )
        self.attributes["learning_rate"] = Property(lambda t: t.rate())

    def type_name(self, value: Any) -> str:
        return "Trainer"


register(TrainerKind(), Trainer)


# ------------------------------------------------------------ metrics
class Metric:
    """Accuracy, MSE or MAE summed up over batches."""

    def __init__(self, name: str) -> None:
        self.name, self.total, self.count = name, 0.0, 0

    def update(self, labels: Any, preds: Any) -> None:
        pairs = zip(_listed(labels), _listed(preds), strict=True)
        for label, pred in pairs:
            want, got = label.data.detach(), pred.data.detach()
            if self.name == "accuracy":
                got = got.argmax(-1) if got.dim() > want.dim() else got
                self.total += float((got.flatten() == want.flatten()).sum())
                self.count += want.numel()
            else:
                error = want.flatten() - got.flatten()
                self.total += float((error * error if self.name == "mse" else error.abs()).mean())
                self.count += 1

    def get(self) -> tuple[str, float]:
        return self.name, self.total / self.count if self.count else float("nan")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


class MetricKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes["update"] = Native("update", Metric.update)
        self.attributes["get"] = Native("get", Metric.get)
        self.attributes["reset"] = Native("reset", lambda m: Metric.__init__(m, m.name))


register(MetricKind(), Metric)


def load() -> None:
    losses = Namespace("mxnet.gluon.loss", doc="Losses, one number for each example.")
    losses.members["CTCLoss"] = NativeClass("CTCLoss", CTCLoss, module="mxnet.gluon.loss")
    for name in LOSSES:
        losses.members[name] = Native(name, (lambda n: lambda *a, **k: Loss(n, *a, **k))(name))
    losses.members["Loss"] = NativeClass(
        "Loss", OwnLoss, module="mxnet.gluon.loss", overrides=("forward", "hybrid_forward")
    )
    data = Namespace("mxnet.gluon.data", doc="Datasets and loaders.")
    data.members["ArrayDataset"] = publish_type(NativeClass("ArrayDataset", ArrayDataset, module="mxnet.gluon.data", extendable=False))  # fmt: skip
    data.members["DataLoader"] = publish_type(NativeClass("DataLoader", GluonLoader, module="mxnet.gluon.data", extendable=False))  # fmt: skip
    dataset = NativeClass("Dataset", SimpleDataset, module="mxnet.gluon.data")
    data.members["Dataset"] = dataset
    trainer = NativeClass("Trainer", Trainer, module="mxnet.gluon", extendable=False)
    GLUON.members.update(loss=losses, data=data, Trainer=publish_type(trainer))
    metric = Namespace(
        "mxnet.metric",
        {
            name: Native(name, (lambda n: lambda: Metric(n))(key))
            for name, key in (("Accuracy", "accuracy"), ("MSE", "mse"), ("MAE", "mae"))
        },
    )
    MXNET.members["metric"] = metric
    publish(losses, data, metric)
