"""Not finite: which layer first answered NaN or infinity, found by taking the step in question apart."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from freedive.protocol.events import Diagnosed
from freedive.training.state import TrainingState

HINT = "Lower the learning rate, or turn on gradient clipping; then go on from a checkpoint before this step."


def examine(state: TrainingState) -> Diagnosed:
    """Take the next step of `state` apart, without the update. The state must not be used for training afterwards.

    Looks, in this order, at the weights (the update before went wrong), at each layer's output, at the loss, and at
    the gradients from the last layer to the first.
    """
    step = state.step + 1
    for name, parameter in state.model.named_parameters():
        if not bool(parameter.isfinite().all()):
            return _diagnosis(step, "weights", name.rpartition(".")[0])
    inputs, targets = state.batch(state.sampler.next())
    if not bool(inputs.isfinite().all()):
        return _diagnosis(step, "inputs", None)
    found: list[str] = []

    def look(name: str) -> Any:
        def hook(module: nn.Module, before: tuple[Tensor, ...], output: Tensor) -> None:
            if not bool(output.isfinite().all()):
                found.append(name)

        return hook

    hooks = [m.register_forward_hook(look(n)) for n, m in state.model.named_children()]
    outputs = state.model(inputs)
    for handle in hooks:
        handle.remove()
    if found:
        return _diagnosis(step, "output", found[0])
    loss = state.criterion(outputs, targets)
    if not bool(loss.isfinite().all()):
        last = [name for name, _ in state.model.named_children()][-1]
        return _diagnosis(step, "loss", last, largest=float(outputs.detach().abs().max()))
    state.model.zero_grad()
    torch.autograd.backward(state.penalized(loss))
    for name, parameter in reversed(list(state.model.named_parameters())):
        if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all()):
            return _diagnosis(step, "gradient", name.rpartition(".")[0])
    return _diagnosis(step, "unclear", None)


def _diagnosis(step: int, what: str, layer: str | None, largest: float = 0.0) -> Diagnosed:
    sentences = {
        "weights": f"the update before it made the weights of `{layer}` infinite or NaN",
        "output": f"the output of `{layer}` was the first that is infinite or NaN",
        "gradient": f"the gradient of `{layer}` was the first that is infinite or NaN",
        "loss": f"the output of `{layer}` grew to {largest:.3g}, and the loss computed from it is infinite or NaN",
        "unclear": "taken apart again, all its numbers are finite",
        "inputs": "the data itself holds infinite or missing values",
    }
    return Diagnosed(
        step=step,
        code="not_finite",
        message=f"Training left the finite numbers at step {step}: {sentences[what]}.",
        layer=layer,
        hint="Remove or fill missing values in the data." if what == "inputs" else HINT,
        params={"step": step, "what": what},
    )
