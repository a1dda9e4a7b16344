"""Sequential, functional and subclassed models: compile, fit, evaluate, predict; and callbacks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of
from freedive.lab.dialects.keras.functions import KERAS
from freedive.lab.dialects.keras.layers import (
    LAYER,
    InputLayer,
    KerasTensor,
    Layer,
    build_for,
    call_layer,
    penalties,
    run_layer,
    unique,
    variables,
)
from freedive.lab.dialects.keras.losses import Loss, loss_for
from freedive.lab.dialects.keras.metrics import Metric, metric_for
from freedive.lab.dialects.keras.optimizers import Optimizer, optimizer_for
from freedive.lab.dialects.tensorflow.datasets import Dataset
from freedive.lab.dialects.tensorflow.functions import TF
from freedive.lab.dialects.tensorflow.tape import Tape
from freedive.lab.dialects.tensorflow.values import RECORDING, EagerTensor, convert, wrap
from freedive.lab.door import untraced
from freedive.lab.importing import publish
from freedive.lab.kinds import Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect, iterate
from freedive.lab.running import running
from freedive.lab.types import publish_type

T = torch.Tensor


class Model(Layer):
    """Layers that are trained together. With inputs and outputs it is functional, else its own `call` says what it does."""

    def __init__(
        self, *args: Any, inputs: Any = None, outputs: Any = None, name: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, **{k: v for k, v in kwargs.items() if k in ("trainable", "dtype")})
        if args:
            inputs, outputs = args[0], args[1] if len(args) > 1 else outputs
        self.inputs, self.outputs = inputs, outputs
        self.layers: list[Any] = []
        self.optimizer: Optimizer | None = None
        self.loss: Any = None
        self.loss_function: Any = None
        self.wanted: list[Any] = []
        self.metrics: list[Metric] | None = None
        self.history: Any = None
        self.stop_training = False
        if outputs is not None:
            self.built = True
            self._collect()

    def _collect(self) -> None:
        seen: set[int] = set()
        for out in _flat(self.outputs):
            for place in _order(out, seen):
                if place.layer is not None and place.layer not in self.layers:
                    self.layers.append(place.layer)

    def forward(self, x: Any, training: bool) -> Any:
        if self.outputs is None:
            raise TypeError(f"Model {type(self).__name__} does not have a `call()` method implemented.")
        given = {
            id(p): v if isinstance(v, EagerTensor) else EagerTensor(convert(v))
            for p, v in zip(_flat(self.inputs), _flat(x), strict=True)
        }
        running.__dict__["keras_training"], was = training, running.__dict__.get("keras_training", False)
        try:
            made = [_value(out, given) for out in _flat(self.outputs)]
        finally:
            running.__dict__["keras_training"] = was
        return made if isinstance(self.outputs, list | tuple) else made[0]


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def _order(place: KerasTensor, seen: set[int]) -> Iterator[KerasTensor]:
    if id(place) in seen:
        return
    seen.add(id(place))
    for parent in place.parents:
        yield from _order(parent, seen)
    yield place


def _value(place: KerasTensor, known: dict[int, Any]) -> Any:
    if id(place) not in known:
        for each in _order(place, set(known)):
            if id(each) not in known:
                if each.make is None:
                    raise ValueError("the outputs of this model need an input that is not among its inputs")
                known[id(each)] = each.make([known[id(p)] for p in each.parents])
    return known[id(place)]


class Sequential(Model):
    """Layers in a row."""

    def __init__(self, layers: Any = None, trainable: bool = True, name: Any = None) -> None:
        super().__init__(name=name)
        self.start: Any = None
        for layer in collect(layers) if layers is not None else []:
            self.add(layer)

    def add(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor):
            layer = layer.layer
        if isinstance(layer, InputLayer):
            self.start = layer.given_shape
            return
        if not isinstance(layer, Layer):
            raise TypeError(
                f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer!r} (of type {type(layer)})"
            )
        if not self.layers and layer.given_shape is not None:
            self.start = layer.given_shape
        self.layers.append(layer)
        self.built = False
        if self.start is not None:
            self.infer(self.start)

    def infer(self, shape: list[Any]) -> None:
        """Make all weights by a run on zeros."""
        with untraced():
            x: Any = EagerTensor(torch.zeros([2, *[1 if s is None else s for s in shape[1:]]]))
            for layer in self.layers:
                x = run_layer(layer, (x,), {"training": False})
                layer.output_shape = [None, *list(x.t.shape)[1:]]
        self.built = True

    def build(self, shape: Any) -> None:
        if shape is not None and not any(layer.built for layer in self.layers):
            self.infer(list(shape))

    def forward(self, x: Any, training: bool) -> Any:
        for layer in self.layers:
            x = run_layer(layer, (x,), {"training": training})
        return x


# ------------------------------------------------------------ compile and fit
def _compile(model: Model, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, loss_weights: Any = None, weighted_metrics: Any = None, run_eagerly: Any = None, steps_per_execution: int = 1, jit_compile: Any = None, auto_scale_loss: bool = True) -> None:  # fmt: skip
    model.optimizer = optimizer_for(optimizer)
    model.loss = loss
    model.loss_function = loss_for(loss) if loss is not None else None
    model.wanted = (
        collect(metrics) if isinstance(metrics, list | tuple) else [] if metrics is None else [metrics]
    )
    model.metrics = None


def _ready(model: Model, y: T, p: T) -> list[Metric]:
    if model.metrics is None:
        sparse = (isinstance(model.loss, str) and model.loss.startswith("sparse")) or (
            isinstance(model.loss, Loss) and model.loss.name.startswith("Sparse")
        )
        sparse = sparse or (y.dim() < p.dim() or (y.shape[-1] == 1 and p.shape[-1] > 1))
        model.metrics = [metric_for(m, model.loss, p.shape[-1], sparse) for m in model.wanted]
    return model.metrics


def _need(model: Model) -> None:
    if model.optimizer is None:
        raise ValueError("You must call `compile()` before using the model.")


def _tensors(x: Any) -> Any:
    """Data as float32 tensors: one, several, or by name."""
    if isinstance(x, dict):
        return {k: _tensors(v) for k, v in x.items()}
    if isinstance(x, tuple) or (isinstance(x, list) and x and isinstance(x[0], np.ndarray | EagerTensor)):
        return [_tensors(v) for v in x]
    t = convert(x).detach()
    return t.float() if t.dtype == torch.float64 else t


def _rows(x: Any) -> int:
    return _rows(_flat(x)[0]) if isinstance(x, dict | list) else len(x)


def _pick(x: Any, index: Any) -> Any:
    if isinstance(x, dict):
        return {k: _pick(v, index) for k, v in x.items()}
    if isinstance(x, list):
        return [_pick(v, index) for v in x]
    return x[index]


def _batches(x: Any, y: Any, size: int, shuffle: bool, weights: Any = None) -> Iterator[tuple[Any, Any, Any]]:
    count = _rows(x)
    order = torch.randperm(count) if shuffle else torch.arange(count)
    for start in range(0, count, size):
        running.meter.step()
        index = order[start : start + size]
        yield (
            _pick(x, index),
            None if y is None else _pick(y, index),
            None if weights is None else weights[index],
        )


def _given(data: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Batches of a tf.data pipeline or of a generator of the snippet."""
    for item in iterate(data):
        parts = list(item) if isinstance(item, tuple | list) else [item]
        yield (
            _tensors(parts[0]),
            _tensors(parts[1]) if len(parts) > 1 else None,
            _tensors(parts[2]) if len(parts) > 2 else None,
        )


def _call(model: Model, x: Any, training: bool) -> Any:
    given = wrap(x) if isinstance(x, T | list) else {k: EagerTensor(v) for k, v in x.items()}
    made = call_layer(model, (given,), {"training": training})
    return made


def _step(model: Model, x: Any, y: Any, weights: Any = None) -> float:
    """One update; gives the loss."""
    _need(model)
    own, member = member_of(model, "train_step")
    if own:
        logs = running.call(member, ((EagerTensor(x), EagerTensor(y)),))
        return float(convert(next(iter(logs.values())))) if isinstance(logs, dict) and logs else 0.0
    tape = Tape()
    RECORDING.tapes.append(tape)
    try:
        out = _call(model, x, True)
        loss = _loss(model, y, out, weights)
    finally:
        RECORDING.tapes.remove(tape)
    weights_of = variables(model, True)
    found = torch.autograd.grad(loss, [v.t for v in weights_of], allow_unused=True) if weights_of else ()
    running.meter.spend_backward()
    if weights_of:
        model.optimizer.apply(list(zip(found, weights_of, strict=True)))  # type: ignore[union-attr]
    _observe(model, y, out)
    return float(loss.detach())


def _loss(model: Model, y: Any, out: Any, weights: Any = None) -> T:
    if model.loss_function is None:
        total: T = torch.zeros(())
    elif isinstance(out, list | tuple):
        parts = [model.loss_function(a, b) for a, b in zip(_flat(y), out, strict=True)]
        total = sum(parts[1:], parts[0])
    elif weights is not None and isinstance(model.loss, str | Loss):
        loss = model.loss if isinstance(model.loss, Loss) else _named(str(model.loss))
        each = loss.each(EagerTensor(y), out)
        total = (each * weights.to(each.dtype).reshape(each.shape)).mean()
    else:
        total = model.loss_function(EagerTensor(y), out)
    for extra in penalties(model):
        total = total + extra
    for layer in _added(model):
        layer.added.clear()
    return total


def _added(model: Any) -> Iterator[Any]:
    from freedive.lab.dialects.keras.layers import sublayers

    for each in sublayers(model):
        if getattr(each, "added", None):
            yield each
        yield from _added(each)


def _named(name: str) -> Loss:
    from freedive.lab.dialects.keras.losses import LOSSES, SHORT

    plain = SHORT.get(name, name)
    cls = next(n for n, (p, _, _) in LOSSES.items() if plain in (p, n))
    return Loss(cls, dict(LOSSES[cls][2]), "sum_over_batch_size")


def _observe(model: Model, y: Any, out: Any) -> None:
    if not model.wanted or isinstance(out, list | tuple):
        return
    p = convert(out).detach()
    for metric in _ready(model, y, p):
        metric.update(EagerTensor(y), EagerTensor(p))


def _logs(model: Model, loss: float, prefix: str = "") -> dict[str, float]:
    logs = {m.name: m.value() for m in model.metrics or []}
    return {prefix + k: v for k, v in [*logs.items(), ("loss", loss)]}


def _fit(model: Model, x: Any = None, y: Any = None, batch_size: Any = None, epochs: int = 1, verbose: Any = "auto", callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None, shuffle: bool = True, class_weight: Any = None, sample_weight: Any = None, initial_epoch: int = 0, steps_per_epoch: Any = None, validation_steps: Any = None, validation_batch_size: Any = None, validation_freq: int = 1) -> Any:  # fmt: skip
    _need(model)
    stream = isinstance(x, Dataset) or not (
        isinstance(x, np.ndarray | EagerTensor | list | tuple | dict) or hasattr(x, "to_numpy")
    )
    size = int(batch_size or 32)
    weights = None if sample_weight is None else _tensors(sample_weight)
    if not stream:
        x, y = _tensors(_plain(x)), None if y is None else _tensors(_plain(y))
        if y is not None and _rows(x) != _rows(y):
            raise ValueError(
                f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: {_rows(x)}\n'y' sizes: {_rows(y)}"
            )
        if class_weight:
            labels = y.reshape(len(y), -1).argmax(-1) if y.dim() > 1 and y.shape[-1] > 1 else y.reshape(-1)
            weights = torch.tensor([float(class_weight.get(int(c), 1.0)) for c in labels])
        if validation_split:
            cut = int(_rows(x) * (1 - validation_split))
            validation_data = (_pick(x, slice(cut, None)), _pick(y, slice(cut, None)))
            x, y = _pick(x, slice(0, cut)), _pick(y, slice(0, cut))
    total = None if stream else math.ceil(_rows(x) / size)
    if isinstance(x, Dataset):
        total = x.size
    total = steps_per_epoch or total
    history = History(model)
    model.history = history
    model.stop_training = False
    watchers = [history, *(collect(callbacks) if callbacks is not None else [])]
    for each in watchers:
        each_set(each, model, {"epochs": epochs, "steps": total, "verbose": 1})
    tell(watchers, "on_train_begin")
    for epoch in range(initial_epoch, int(epochs)):
        tell(watchers, "on_epoch_begin", epoch)
        if verbose in ("auto", 1, True):
            running.write(f"Epoch {epoch + 1}/{epochs}\n")
        for metric in model.metrics or []:
            metric.reset()
        loss_sum, seen, done = 0.0, 0, 0
        source = _given(x) if stream else _batches(x, y, size, shuffle, weights)
        for bx, by, bw in source:
            tell(watchers, "on_train_batch_begin", done)
            rows = _rows(bx)
            if done == 0 and epoch == initial_epoch:
                value = _step(model, bx, by, bw)
            else:
                with untraced():
                    value = _step(model, bx, by, bw)
            loss_sum, seen, done = loss_sum + value * rows, seen + rows, done + 1
            tell(watchers, "on_train_batch_end", done - 1, {"loss": loss_sum / seen})
            if steps_per_epoch and done >= steps_per_epoch:
                break
        logs = _logs(model, loss_sum / max(1, seen))
        if validation_data is not None and (epoch + 1) % validation_freq == 0:
            logs.update(_validated(model, validation_data, int(validation_batch_size or size)))
        if verbose in ("auto", 1, True):
            running.write(f"{done}/{done} {'━' * 20} 0s 1ms/step - {_shown(logs)}\n")
        elif verbose == 2:
            running.write(f"Epoch {epoch + 1}/{epochs}\n{done}/{done} - 0s - {_shown(logs)}\n")
        tell(watchers, "on_epoch_end", epoch, logs)
        if model.stop_training:
            break
    tell(watchers, "on_train_end")
    return history


def _plain(x: Any) -> Any:
    return x.to_numpy() if hasattr(x, "to_numpy") else x


def _shown(logs: dict[str, float]) -> str:
    def number(v: float) -> str:
        return f"{v:.4f}" if v == 0 or 1e-3 <= abs(v) < 1e5 or v != v else f"{v:.4e}"

    order = sorted([k for k in logs if not k.startswith("val_")]) + sorted(
        k for k in logs if k.startswith("val_")
    )
    return " - ".join(f"{k}: {number(logs[k])}" for k in order)


def _validated(model: Model, data: Any, size: int) -> dict[str, float]:
    kept = [(m.total, m.count, m.kept) for m in model.metrics or []]
    with untraced():
        loss = _judge(model, data, None, size)
    logs = _logs(model, loss, "val_")
    for metric, state in zip(model.metrics or [], kept, strict=False):
        metric.total, metric.count, metric.kept = state
    return logs


def _judge(model: Model, x: Any, y: Any, size: int) -> float:
    """The mean loss over the data; metrics are left at their values."""
    for metric in model.metrics or []:
        metric.reset()
    if isinstance(x, tuple) and y is None and not isinstance(x, Dataset):
        x, y = x[0], x[1]
    stream = isinstance(x, Dataset) or not (
        isinstance(x, np.ndarray | EagerTensor | list | tuple | dict | T) or hasattr(x, "to_numpy")
    )
    source = _given(x) if stream else _batches(_tensors(_plain(x)), _tensors(_plain(y)), size, False)
    total, seen = 0.0, 0
    with torch.no_grad():
        for bx, by, bw in source:
            out = _call(model, bx, False)
            total += float(_loss(model, by, out, bw)) * _rows(bx)
            seen += _rows(bx)
            _observe(model, by, out)
    return total / max(1, seen)


def _evaluate(
    model: Model,
    x: Any = None,
    y: Any = None,
    batch_size: Any = None,
    verbose: Any = "auto",
    sample_weight: Any = None,
    steps: Any = None,
    return_dict: bool = False,
    callbacks: Any = None,
    **kwargs: Any,
) -> Any:
    _need(model)
    with untraced():
        loss = _judge(model, x, y, int(batch_size or 32))
    logs = _logs(model, loss)
    if verbose in ("auto", 1, True):
        running.write(f"1/1 {'━' * 20} 0s 1ms/step - {_shown(logs)}\n")
    if return_dict:
        return logs
    values = [loss, *(m.value() for m in model.metrics or [])]
    return values[0] if len(values) == 1 else values


def _predict(
    model: Model,
    x: Any,
    batch_size: Any = None,
    verbose: Any = "auto",
    steps: Any = None,
    callbacks: Any = None,
) -> Any:
    stream = isinstance(x, Dataset)
    source = _given(x) if stream else _batches(_tensors(_plain(x)), None, int(batch_size or 32), False)
    parts = []
    with torch.no_grad(), untraced():
        for bx, _, _ in source:
            parts.append(_call(model, bx, False))
    if verbose in ("auto", 1, True):
        running.write(f"{len(parts)}/{len(parts)} {'━' * 20} 0s 1ms/step\n")
    if parts and isinstance(parts[0], list | tuple):
        return [torch.cat([p[i].t for p in parts]).detach().numpy() for i in range(len(parts[0]))]
    return torch.cat([convert(p) for p in parts]).detach().numpy().copy()


def _train_on_batch(
    model: Model,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    return_dict: bool = False,
) -> Any:
    for metric in model.metrics or []:
        metric.reset()
    loss = _step(model, _tensors(x), _tensors(y))
    logs = _logs(model, loss)
    return (
        logs if return_dict else [loss, *(m.value() for m in model.metrics or [])] if model.metrics else loss
    )


def _summary(model: Model, *args: Any, **kwargs: Any) -> None:
    """A table of layers, output shapes and numbers of weights."""
    rows = []
    for layer in _listed(model):
        shape = "?" if layer.output_shape is None else "(" + ", ".join(map(str, layer.output_shape)) + ")"
        rows.append(
            (f"{layer.name} ({type(layer).__name__})", shape, sum(v.t.numel() for v in variables(layer)))
        )
    total = sum(v.t.numel() for v in variables(model))
    trained = sum(v.t.numel() for v in variables(model, True))
    width = max([26, *(len(r[0]) for r in rows)])
    line = "─" * (width + 44)
    text = [
        f'Model: "{model.name}"',
        line,
        f"{'Layer (type)':<{width}}  {'Output Shape':<24} {'Param #':>14}",
        line,
    ]
    text += [f"{name:<{width}}  {shape:<24} {count:>14,}" for name, shape, count in rows]
    text += [
        line,
        f" Total params: {total:,}",
        f" Trainable params: {trained:,}",
        f" Non-trainable params: {total - trained:,}",
    ]
    running.write("\n".join(text) + "\n")


def _listed(model: Model) -> list[Any]:
    from freedive.lab.dialects.keras.layers import sublayers

    return [m for m in sublayers(model) if isinstance(m, Layer)]


def _save(model: Model, path: Any, **kwargs: Any) -> None:
    running.files[str(path)] = ("weights", [v.t.detach().clone() for v in variables(model)], model)


def _load_weights(model: Model, path: Any, **kwargs: Any) -> None:
    if str(path) not in running.files:
        raise FileNotFoundError(f"[Errno 2] Unable to open file: '{path}'")
    for v, new in zip(variables(model), running.files[str(path)][1], strict=True):
        v.write(new)


def _load_model(path: Any, **kwargs: Any) -> Any:
    import copy

    if str(path) not in running.files:
        raise ValueError(
            f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` zip file."
        )
    _, weights, model = running.files[str(path)]
    made = copy.deepcopy(model)
    for v, new in zip(variables(made), weights, strict=True):
        v.write(new)
    return made


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


class ModelKind(type(LAYER)):  # type: ignore[misc]
    """Models: what layers have, and training."""

    name = "nn_module"

    def __init__(self) -> None:
        super().__init__()
        self.attributes.update(
            compile=Native("compile", _compile, "Choose optimizer, loss and metrics."), fit=Native("fit", _fit, "Train on data."),
            evaluate=Native("evaluate", _evaluate, "Loss and metrics on data."), predict=Native("predict", _predict, "Outputs for data."),
            train_on_batch=Native("train_on_batch", _train_on_batch), predict_on_batch=Native("predict_on_batch", lambda m, x: _predict(m, x, verbose=0)),
            test_on_batch=Native("test_on_batch", lambda m, x, y, **k: _evaluate(m, x, y, verbose=0)), summary=Native("summary", _summary), save=Native("save", _save),
            save_weights=Native("save_weights", _save), load_weights=Native("load_weights", _load_weights), add=Native("add", lambda m, layer: m.add(layer)),
            pop=Native("pop", lambda m: m.layers.pop()), layers=Property(_listed), optimizer=Property(lambda m: m.optimizer), loss=Property(lambda m: m.loss), history=Property(lambda m: m.history),
            inputs=Property(lambda m: _flat(m.inputs)), outputs=Property(lambda m: _flat(m.outputs)), get_layer=Native("get_layer", _get_layer), metrics_names=Property(lambda m: ["loss", *(x.name for x in m.metrics or [])]),
            stop_training=Property(lambda m: m.stop_training, lambda m, v: setattr(m, "stop_training", bool(v))), input_shape=Property(lambda m: tuple(getattr(m, "start", None) or ())), metrics=Property(lambda m: m.metrics or []),
            compute_loss=Native("compute_loss", lambda m, x=None, y=None, y_pred=None, **k: EagerTensor(_loss(m, convert(y), y_pred))),
        )  # fmt: skip

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name == "stop_training":
            value.stop_training = bool(new)
        else:
            super().setattr(value, name, new)

    def repr(self, value: Any) -> str:
        return f"<{type(value).__name__} name={value.name}, built={value.built}>"


def _get_layer(model: Model, name: Any = None, index: Any = None) -> Any:
    if index is not None:
        return _listed(model)[index]
    for layer in _listed(model):
        if layer.name == name:
            return layer
    raise ValueError(
        f"No such layer: {name}. Existing layers are: {[layer.name for layer in _listed(model)]}."
    )


register(ModelKind(), Model)


def _make_model(*args: Any, **kwargs: Any) -> Model:
    return Model(*args, **kwargs)


def load() -> None:
    overrides = ("call", "build", "get_config", "train_step", "test_step")
    model = publish_type(
        NativeClass("Model", Model, module="keras.src.models.model", overrides=overrides, make=_make_model)
    )
    functional = NativeClass("Functional", Model, module="keras.src.models.functional")
    sequential = publish_type(
        NativeClass("Sequential", Sequential, module="keras.src.models.sequential", overrides=overrides)
    )
    callbacks = Namespace("keras.callbacks", doc="What happens while a model is trained.")
    hooks = tuple(
        f"on_{what}_{when}"
        for what in ("epoch", "train", "train_batch", "batch", "test", "predict")
        for when in ("begin", "end")
    )
    for python in (
        Callback,
        History,
        EarlyStopping,
        LearningRateScheduler,
        ReduceLROnPlateau,
        LambdaCallback,
        ModelCheckpoint,
    ):
        callbacks.members[python.__name__] = publish_type(
            NativeClass(
                python.__name__,
                python,
                module="keras.src.callbacks",
                overrides=hooks if python is Callback else (),
            )
        )
    callbacks.members["TensorBoard"] = Native("TensorBoard", lambda *a, **k: Callback())
    models = Namespace(
        "keras.models",
        {
            "Model": model,
            "Sequential": sequential,
            "load_model": Native("load_model", _load_model),
            "Functional": functional,
        },
    )
    KERAS.members.update(Model=model, Sequential=sequential, callbacks=callbacks, models=models)
    TF.members["keras"] = KERAS
    from freedive.lab.importing import MODULES

    publish(callbacks, models)
    for name in list(MODULES):
        if name == "keras" or name.startswith("keras."):
            MODULES["tensorflow." + name] = MODULES[name]


__all__ = ["Model", "Sequential", "build_for", "load", "unique"]
