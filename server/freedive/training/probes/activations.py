"""Activations: the chosen example on its way through the model, layer by layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from freedive.protocol.events import Activations, LayerActivations
from freedive.training.probes.base import Probe
from freedive.training.probes.outputs import labels, readable
from freedive.training.probes.pictures import picture, plain
from freedive.training.state import TrainingState

CHANNELS = 32
"""Feature maps shown of one layer."""
UNITS = 512
"""Units shown of one layer."""


class ActivationsProbe(Probe):
    """What each layer answers to `state.inspected`, in eval mode."""

    name = "activations"

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Any model."""
        return state.spec.probes.activations

    @torch.no_grad()
    def measure(self) -> Activations:
        """Run the example through the present weights."""
        state = self.state
        split, index = state.inspected
        examples = state.data.split(split)
        index = min(index, len(examples) - 1)
        layers: list[LayerActivations] = []

        def keep(name: str, module: nn.Module, output: Tensor) -> None:
            values = output[0].detach()
            shown = values[:CHANNELS] if values.ndim == 3 else values.flatten()[:UNITS]
            layers.append(
                LayerActivations(
                    layer=name, kind=type(module).__name__, values=picture(shown), shape=list(values.shape)
                )
            )

        def hook(name: str) -> Any:
            return lambda module, _inputs, output: keep(name, module, output)

        hooks = [m.register_forward_hook(hook(n)) for n, m in state.model.named_children()]
        training = state.model.training
        state.model.eval()
        try:
            outputs = state.model(examples.inputs[index : index + 1].to(state.device))
        finally:
            state.model.train(training)
            for handle in hooks:
                handle.remove()
        answers = readable(state, outputs)[0]
        return Activations(
            step=state.step,
            split=split,
            index=index,
            input=plain(examples.raw[index]),
            target=float(labels(state.data, examples.targets[index : index + 1])[0]),
            layers=layers,
            outputs=answers.tolist() if bool(answers.isfinite().all()) else [],
        )
