"""Boundary: the model over the plane of its two inputs, with every hidden unit by itself.

Layout is [unit][pixel] ("features first"): each unit's map is contiguous and ready to send, and small nets run up to
twice as fast as with [pixel][unit].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from freedive.protocol.events import Boundary, UnitMaps
from freedive.protocol.tensors import TensorData
from freedive.training.probes.base import Probe
from freedive.training.probes.pictures import picture
from freedive.training.state import TrainingState

MARGIN = 0.1
"""Of the data's extent, shown on each side of it."""
MOST_UNITS = 256
"""Units shown of one layer."""
ELEMENTWISE = (
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.SELU,
    nn.GELU,
    nn.SiLU,
    nn.Softplus,
    nn.Sigmoid,
    nn.Tanh,
    nn.Hardtanh,
    nn.Softsign,
)
SILENT = (nn.Dropout, nn.AlphaDropout, nn.Identity, nn.Flatten)
"""Do nothing to a row of numbers in eval mode."""

IN_PLACE: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu_,
    nn.Tanh: torch.tanh_,
    nn.Sigmoid: torch.sigmoid_,
}


class Dense(NamedTuple):
    """A Linear layer and what follows it until the next one."""

    name: str
    linear: nn.Linear
    after: list[nn.Module]


def dense_layers(model: nn.Module) -> list[Dense] | None:
    """The model as a row of dense layers, or None where it has others."""
    layers: list[Dense] = []
    for name, module in model.named_children():
        if isinstance(module, nn.Linear):
            layers.append(Dense(name, module, []))
        elif isinstance(module, SILENT):
            continue
        elif layers and isinstance(module, (*ELEMENTWISE, nn.BatchNorm1d)):
            layers[-1].after.append(module)
        else:
            return None
    return layers or None


class Plane:
    """A grid over two inputs, run through dense layers with all units kept; buffers are reused."""

    def __init__(self, layers: list[Dense], grid: Tensor) -> None:
        self.layers = layers
        self.grid = grid.t().contiguous()  # (features, pixels)
        self.kept = [grid.new_empty(layer.linear.out_features, grid.shape[0]) for layer in layers]

    def run(self) -> list[Tensor]:
        """(units, pixels) after each layer, activations included; the last is the model's output."""
        before = self.grid
        for layer, values in zip(self.layers, self.kept, strict=True):
            weight, bias = layer.linear.weight, layer.linear.bias
            if bias is None:
                torch.mm(weight, before, out=values)
            else:
                torch.addmm(bias[:, None], weight, before, out=values)
            for module in layer.after:
                self._apply(module, values)
            before = values
        return self.kept

    @staticmethod
    def _apply(module: nn.Module, values: Tensor) -> None:
        if isinstance(module, nn.BatchNorm1d):
            assert module.running_var is not None
            assert module.running_mean is not None
            scale = (module.running_var + module.eps).rsqrt()
            shift = -module.running_mean * scale
            if module.affine:
                scale, shift = scale * module.weight, shift * module.weight + module.bias
            values.mul_(scale[:, None]).add_(shift[:, None])
        elif type(module) in IN_PLACE:
            IN_PLACE[type(module)](values)
        else:
            values.copy_(module(values))


class BoundaryProbe(Probe):
    """The plane at `probes.resolution`; hidden units at half of it."""

    name = "boundary"

    def __init__(self, state: TrainingState) -> None:
        super().__init__(state)
        data, side = state.data, state.spec.probes.resolution
        raw = torch.cat([data.train.raw, data.validation.raw, data.test.raw]).double()
        low, high = raw.amin(0), raw.amax(0)
        margin = MARGIN * (high - low).clamp_min(1e-6)
        low, high = low - margin, high + margin
        self.side = side
        self.x = (float(low[0]), float(high[0]))
        self.y = (float(low[1]), float(high[1]))
        ys, xs = torch.meshgrid(
            torch.linspace(*self.y, side, dtype=torch.float64),
            torch.linspace(*self.x, side, dtype=torch.float64),
            indexing="ij",
        )  # row 0 is the lowest y
        grid = data.prepare(torch.stack([xs, ys], -1).view(-1, 2)).to(state.device)
        self.grid = grid
        dense = dense_layers(state.model)
        self.plane = Plane(dense, grid) if dense else None

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Points in the plane."""
        return state.spec.probes.boundary and tuple(state.data.train.raw.shape[1:]) == (2,)

    @torch.no_grad()
    def measure(self) -> Boundary:
        """All maps of the present weights."""
        hidden: list[tuple[str, Tensor]] = []
        if self.plane is not None:
            *inner, output = self.plane.run()
            hidden = [(layer.name, values) for layer, values in zip(self.plane.layers, inner, strict=False)]
        else:
            output = self._whole().t()
        if self.state.data.task == "regression":
            output = output.double() * self.state.data.target_std + self.state.data.target_mean
        return Boundary(
            step=self.state.step,
            x=self.x,
            y=self.y,
            output=picture(output.reshape(-1, self.side, self.side)),
            units=[self._units(name, values) for name, values in hidden],
        )

    def _units(self, layer: str, values: Tensor) -> UnitMaps:
        maps = values.view(-1, self.side, self.side)[:MOST_UNITS, ::2, ::2].contiguous()
        flat = maps.flatten(1).cpu().numpy()
        ranges = np.stack([flat.min(1), flat.max(1)], 1)  # (units, 2)
        return UnitMaps(layer=layer, maps=picture(maps), ranges=TensorData.of(ranges))

    def _whole(self) -> Tensor:
        """(pixels, outputs) of any model, in eval mode."""
        training = self.state.model.training
        self.state.model.eval()
        try:
            values: Tensor = self.state.model(self.grid)
        finally:
            self.state.model.train(training)
        return values
