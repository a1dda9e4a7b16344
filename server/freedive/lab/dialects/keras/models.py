"""keras.Model and keras.Sequential as values of a snippet: summary, saving, methods."""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import NativeClass
from freedive.lab.dialects.keras.callbacks import (
    Callback,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    _save,
)
from freedive.lab.dialects.keras.fitting import _compile, _evaluate, _fit, _loss, _predict, _train_on_batch
from freedive.lab.dialects.keras.functions import KERAS
from freedive.lab.dialects.keras.layer import (
    build_for,
    unique,
    variables,
)
from freedive.lab.dialects.keras.layers import LAYER
from freedive.lab.dialects.keras.model import Model, Sequential, _flat, _listed
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.importing import publish
from freedive.lab.kinds import Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import publish_type


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
