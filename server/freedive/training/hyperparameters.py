"""Hyper-parameters that may change between two steps: read, checked and set in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from freedive.errors import BadSpec
from freedive.protocol.commands import Changes

if TYPE_CHECKING:
    from freedive.training.state import TrainingState


def dropouts(model: nn.Module) -> dict[str, Any]:
    """Dropout layers by name."""
    kinds = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)
    return {name: module for name, module in model.named_modules() if isinstance(module, kinds)}


def check(state: TrainingState, changes: Changes) -> None:
    """Raise BadSpec where the model or the optimizer has no such hyper-parameter."""
    group = state.optimizer.param_groups[0]
    if changes.momentum is not None and "momentum" not in group and "betas" not in group:
        raise BadSpec(
            f"{type(state.optimizer).__name__} has no momentum.",
            position="changes.momentum",
            hint="Use SGD, RMSprop, Adam or AdamW.",
        )
    if changes.dropout is not None and not dropouts(state.model):
        raise BadSpec(
            "The model has no dropout layer.",
            position="changes.dropout",
            hint="Fork the job with a model that has one.",
        )


def present(state: TrainingState, changes: Changes) -> dict[str, float | None]:
    """The values in force of whatever `changes` names."""
    group = state.optimizer.param_groups[0]
    momentum = group["betas"][0] if "betas" in group else group.get("momentum")
    layers = list(dropouts(state.model).values())
    values = {
        "lr": group["lr"],
        "momentum": momentum,
        "weight_decay": group.get("weight_decay"),
        "batch_size": state.sampler.batch_size,
        "dropout": layers[0].p if layers else None,
    }
    return {name: values[name] for name in values if getattr(changes, name) is not None}


def apply(state: TrainingState, changes: Changes) -> None:
    """Set what is given, from the next step on. Momentum is beta1 where the optimizer has betas. Raises BadSpec.

    A new learning rate scales the rest of the schedule: where it would have halved the old rate it halves the new.
    """
    check(state, changes)
    for group in state.optimizer.param_groups:
        if changes.lr is not None:
            factor = changes.lr / group["lr"] if group["lr"] else 1.0
            group["initial_lr"] = group.get("initial_lr", changes.lr / factor) * factor
            group["lr"] = changes.lr
        if changes.momentum is not None:
            if "betas" in group:
                group["betas"] = (changes.momentum, *group["betas"][1:])
            else:
                group["momentum"] = changes.momentum
        if changes.weight_decay is not None:
            group["weight_decay"] = changes.weight_decay
    if changes.lr is not None and state.scheduler is not None:
        rescale(state.scheduler, [group["initial_lr"] for group in state.optimizer.param_groups])
    if changes.batch_size is not None:
        state.sampler.batch_size = changes.batch_size
    if changes.dropout is not None:
        for layer in dropouts(state.model).values():
            layer.p = changes.dropout


def rescale(scheduler: Any, initial: list[float]) -> None:
    """Give a scheduler, and those it is made of, new initial learning rates."""
    if hasattr(scheduler, "base_lrs"):
        scheduler.base_lrs = list(initial)
    for part in getattr(scheduler, "_schedulers", []):
        rescale(part, initial)
