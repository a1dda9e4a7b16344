"""keras.Model and keras.Sequential as values of a snippet: summary, saving, methods."""

from __future__ import annotations

import copy
from typing import Any

import torch

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
from freedive.lab.dialects.keras.fitting import (
    _compile,
    _evaluate,
    _fit,
    _loss,
    _predict,
    _train_on_batch,
    tracked,
)
from freedive.lab.dialects.keras.functions import KERAS, initial
from freedive.lab.dialects.keras.layer import (
    build_for,
    unique,
    variables,
)
from freedive.lab.dialects.keras.layers import LAYER
from freedive.lab.dialects.keras.model import Model, Sequential, _flat, _listed
from freedive.lab.dialects.keras.summaries import summary
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.importing import publish
from freedive.lab.kinds import Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import publish_type


def _load_weights(model: Model, path: Any, **kwargs: Any) -> None:
    if str(path) not in running.files:
        raise FileNotFoundError(f"[Errno 2] Unable to open file: '{path}'")
    for v, new in zip(variables(model), running.files[str(path)][1], strict=True):
        v.write(new)


def _load_model(path: Any, **kwargs: Any) -> Any:
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
            test_on_batch=Native("test_on_batch", lambda m, x, y, **k: _evaluate(m, x, y, verbose=0)), summary=Native("summary", summary), save=Native("save", _save),
            save_weights=Native("save_weights", _save), load_weights=Native("load_weights", _load_weights), add=Native("add", lambda m, layer: m.add(layer)),
            pop=Native("pop", lambda m: m.pop()), layers=Property(_listed), optimizer=Property(lambda m: m.optimizer), loss=Property(lambda m: m.loss), history=Property(lambda m: m.history),
            inputs=Property(lambda m: _ends(m, "inputs")), outputs=Property(lambda m: _ends(m, "outputs")),
            input=Property(lambda m: _one(_ends(m, "inputs"))), output=Property(lambda m: _one(_ends(m, "outputs"))), output_names=Property(lambda m: m.names()), get_layer=Native("get_layer", _get_layer), metrics_names=Property(lambda m: ["loss", "compile_metrics"] if m.wanted else ["loss"]),
            stop_training=Property(lambda m: m.stop_training, lambda m, v: setattr(m, "stop_training", bool(v))), input_shape=Property(lambda m: tuple(_one(_ends(m, "inputs")).shape)), compiled=Property(lambda m: m.optimizer is not None), metrics=Property(tracked),
            compute_loss=Native("compute_loss", lambda m, x=None, y=None, y_pred=None, **k: EagerTensor(_loss(m, convert(y), y_pred))),
        )  # fmt: skip

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name in ("optimizer", "loss"):
            setattr(value, name, new)
        elif name == "stop_training":
            value.stop_training = bool(new)
        else:
            super().setattr(value, name, new)

    def repr(self, value: Any) -> str:
        return f"<{type(value).__name__} name={value.name}, built={value.built}>"


def _ends(model: Model, which: str) -> list[Any]:
    found = getattr(model, which)
    if found is None:
        raise AttributeError(
            f"The layer {model.name} has never been called and thus has no defined {which[:-1]}."
        )
    return _flat(found)


def _one(places: list[Any]) -> Any:
    return places[0] if len(places) == 1 else places


def _clone(model: Model, **kwargs: Any) -> Model:
    """The same layers with new weights."""
    made: Model = copy.deepcopy(model)
    for old, new in zip(variables(model), variables(made), strict=True):
        with torch.no_grad():
            new.t.copy_(initial("glorot_uniform", list(old.t.shape)) if old.t.dim() > 1 else old.t)
    return made


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
    overrides = ("call", "build", "get_config", "train_step", "test_step", "metrics", "compute_loss")
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
            "clone_model": Native("clone_model", _clone),
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
