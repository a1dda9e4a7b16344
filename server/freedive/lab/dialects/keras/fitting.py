"""compile, fit, evaluate, predict: the training loop that Keras hides, one batch at a time.

A little over 400 lines: one loop with what Keras lets in and out of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.classes import member_of
from freedive.lab.dialects.keras.callbacks import History, each_set, tell
from freedive.lab.dialects.keras.layer import (
    call_layer,
    penalties,
    variables,
)
from freedive.lab.dialects.keras.losses import Loss, loss_for
from freedive.lab.dialects.keras.metrics import Metric, OwnMetric, metric_for
from freedive.lab.dialects.keras.model import Model, _flat
from freedive.lab.dialects.keras.optimizers import optimizer_for
from freedive.lab.dialects.tensorflow.datasets import Dataset
from freedive.lab.dialects.tensorflow.tape import Tape
from freedive.lab.dialects.tensorflow.tensors import RECORDING, EagerTensor, convert, wrap
from freedive.lab.door import untraced
from freedive.lab.operators import collect, iterate
from freedive.lab.running import running

T = torch.Tensor


# ------------------------------------------------------------ compile and fit
def _compile(model: Model, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, loss_weights: Any = None, weighted_metrics: Any = None, run_eagerly: Any = None, steps_per_execution: int = 1, jit_compile: Any = None, auto_scale_loss: bool = True) -> None:  # fmt: skip
    model.optimizer = optimizer_for(optimizer)
    model.loss = loss
    model.loss_function = (
        loss_for(loss) if loss is not None and not isinstance(loss, list | tuple | dict) else None
    )
    model.loss_weights = loss_weights
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


def tracked(model: Model) -> list[Any]:
    """model.metrics: what keeps count of the loss, and the metrics of compile."""
    if model.optimizer is None:
        return []
    if model.tracker is None:
        model.tracker = Metric("Mean", "loss")
    if model.metrics is None:
        width = model.output_shape[-1] if isinstance(model.output_shape, list) and model.output_shape else 1
        sparse = str(getattr(model.loss, "name", model.loss)).lower().startswith("sparse")
        model.metrics = [metric_for(m, model.loss, width, sparse) for m in model.wanted]
    return [model.tracker, *model.metrics]


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
        logs = running.call(member, ((wrap(x), wrap(y)),))
        model.told = {k: float(convert(v)) for k, v in logs.items()} if isinstance(logs, dict) else {}
        return model.told.get("loss", next(iter(model.told.values()), 0.0))
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
    if isinstance(out, list | tuple | dict):
        model.parts = {k: float(v.detach()) for k, v in _parts(model, y, out).items()}
    return float(loss.detach())


def _loss(model: Model, y: Any, out: Any, weights: Any = None) -> T:
    if isinstance(out, list | tuple | dict):
        total: T = sum(_parts(model, y, out).values(), torch.zeros(()))
    elif model.loss_function is None:
        total = torch.zeros(())
    elif weights is not None and isinstance(model.loss, str | Loss):
        loss = model.loss if isinstance(model.loss, Loss) else _named(str(model.loss))
        each = loss.each(EagerTensor(y), out)
        total = (each * weights.to(each.dtype).reshape(-1, *[1] * (each.dim() - 1))).mean()
    else:
        total = model.loss_function(EagerTensor(y), out)
    for extra in penalties(model):
        total = total + extra
    for layer in _added(model):
        layer.added.clear()
    return total


def _parts(model: Model, y: Any, out: Any) -> dict[str, T]:
    """The weighted loss of each output of a model that has several."""
    names = (
        list(out)
        if isinstance(out, dict)
        else model.names()
        if model.outputs is not None
        else [f"output_{k}" for k in range(len(out))]
    )
    outs = list(out.values()) if isinstance(out, dict) else list(out)
    targets = [y[n] for n in names] if isinstance(y, dict) else _flat(y)
    shares, losses = model.loss_weights, model.loss
    made: dict[str, T] = {}
    for k, (name, target, value) in enumerate(zip(names, targets, outs, strict=True)):
        loss = (
            losses.get(name)
            if isinstance(losses, dict)
            else losses[k]
            if isinstance(losses, list | tuple)
            else losses
        )
        share = 1.0 if shares is None else shares.get(name, 1.0) if isinstance(shares, dict) else shares[k]
        if loss is not None:
            made[name] = loss_for(loss)(EagerTensor(target), value) * float(share)
    return made


def _added(model: Any) -> Iterator[Any]:
    from freedive.lab.dialects.keras.layer import sublayers

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
    if not model.wanted or isinstance(out, list | tuple | dict):
        return
    p = convert(out).detach()
    for metric in _ready(model, y, p):
        metric.update(EagerTensor(y), EagerTensor(p))


def _logs(model: Model, loss: float, prefix: str = "") -> dict[str, float]:
    """Loss and metrics by name, in the order of their names as Keras gives them."""
    if model.told and not prefix:
        return dict(model.told)
    logs = {**{m.name: m.value() for m in model.metrics or []}, "loss": loss}
    return {prefix + k: logs[k] for k in sorted(logs)}


def _own_metrics(model: Model) -> list[Any]:
    """What a model with a train_step of its own keeps count with."""
    found = [v for v in model.fields.values() if isinstance(v, Metric | OwnMetric)]
    found += [model.tracker] if model.tracker is not None else []
    own, listed = member_of(model, "metrics")
    return found + [m for m in (collect(listed) if own else []) if all(m is not f for f in found)]


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
        for metric in (*(model.metrics or []), *_own_metrics(model)):
            metric.reset()
        sums: dict[str, float] = {}
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
            for name, part in model.parts.items():
                sums[name] = sums.get(name, 0.0) + part * rows
            tell(watchers, "on_train_batch_end", done - 1, {"loss": loss_sum / seen})
            if steps_per_epoch and done >= steps_per_epoch:
                break
        logs = _logs(model, loss_sum / max(1, seen))
        if isinstance(model.loss, list | tuple | dict) and len(sums) > 1:
            each = {f"{name}_loss": total / max(1, seen) for name, total in sums.items()}
            logs = dict(sorted({**logs, **each}.items()))
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
    kept = [(m.total, m.count, m.kept) for m in model.metrics or [] if isinstance(m, Metric)]
    with untraced():
        loss = _judge(model, data, None, size)
    logs = _logs(model, loss, "val_")
    for metric, state in zip([m for m in model.metrics or [] if isinstance(m, Metric)], kept, strict=True):
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
    if parts and isinstance(parts[0], dict):
        return {k: torch.cat([p[k].t for p in parts]).detach().numpy() for k in parts[0]}
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
