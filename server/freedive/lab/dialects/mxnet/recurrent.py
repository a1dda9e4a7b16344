"""gluon.rnn: recurrent layers over (steps, batch, features), and their cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.classes import NativeClass
from freedive.lab.dialects.mxnet.gluon import GLUON, Block
from freedive.lab.dialects.mxnet.values import NDArray, NdOp, bare
from freedive.lab.door import untraced
from freedive.lab.importing import publish
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import publish_type

Tensor = torch.Tensor
State = list[Tensor]


def _rnn(
    x: Tensor, state: State, wx: Tensor, wh: Tensor, bx: Tensor, bh: Tensor, act: Callable[[Tensor], Tensor]
) -> State:
    return [act(x @ wx.T + bx + state[0] @ wh.T + bh)]


def _lstm(x: Tensor, state: State, wx: Tensor, wh: Tensor, bx: Tensor, bh: Tensor, act: Any) -> State:
    i, f, g, o = (x @ wx.T + bx + state[0] @ wh.T + bh).chunk(4, -1)
    c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return [torch.sigmoid(o) * torch.tanh(c), c]


def _gru(x: Tensor, state: State, wx: Tensor, wh: Tensor, bx: Tensor, bh: Tensor, act: Any) -> State:
    xr, xz, xn = (x @ wx.T + bx).chunk(3, -1)
    hr, hz, hn = (state[0] @ wh.T + bh).chunk(3, -1)
    z = torch.sigmoid(xz + hz)
    return [(1 - z) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + z * state[0]]


STEPS: dict[str, tuple[Callable[..., State], int, int]] = {
    "RNN": (_rnn, 1, 1),
    "LSTM": (_lstm, 4, 2),
    "GRU": (_gru, 3, 1),
}
"""The step, how many gates it has, and how many states."""


class _Base(Block):
    kind = "RNN"

    def __init__(
        self, hidden_size: int, num_layers: int = 1, layout: str = "TNC", dropout: float = 0, bidirectional: bool = False, input_size: int = 0,
        activation: str = "relu", i2h_weight_initializer: Any = None, h2h_weight_initializer: Any = None, **other: Any,
    ) -> None:  # fmt: skip
        super().__init__(other.get("prefix"), other.get("params"))
        self.units, self.count, self.layout = int(hidden_size), int(num_layers), layout
        self.step, self.gates, self.states = STEPS[self.kind]
        self.ways = 2 if bidirectional else 1
        self.act = torch.tanh if activation == "tanh" else torch.relu
        for name, inputs in self._parts(input_size):
            width = self.gates * self.units
            self.parameter(f"{name}i2h_weight", (width, inputs), i2h_weight_initializer)
            self.parameter(f"{name}h2h_weight", (width, self.units), h2h_weight_initializer)
            self.parameter(f"{name}i2h_bias", (width,), "zeros")
            self.parameter(f"{name}h2h_bias", (width,), "zeros")

    def _parts(self, size: int) -> list[tuple[str, int]]:
        ways = "lr"[: self.ways]
        return [
            (f"{way}{k}_", size if k == 0 else self.units * self.ways)
            for k in range(self.count)
            for way in ways
        ]

    def weights(self, size: int) -> list[Any]:
        """The numbers of all layers, their open sizes settled."""
        found = []
        for name, inputs in self._parts(size):
            self.own[f"{name}i2h_weight"].settle(self.gates * self.units, inputs)
            found += [
                self.own[f"{name}{part}"].data()
                for part in ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
            ]
        return found

    def begin_state(
        self, batch_size: int = 0, func: Any = None, ctx: Any = None, **other: Any
    ) -> list[NDArray]:
        return [
            NDArray(torch.zeros(self.count * self.ways, int(batch_size), self.units))
            for _ in range(self.states)
        ]

    def forward(self, *args: Any) -> Any:
        x, given = args[0], args[1] if len(args) > 1 else None
        size = x.data.shape[-1]
        batch = x.data.shape[1 if self.layout == "TNC" else 0]
        start = (
            self.begin_state(batch)
            if given is None
            else given
            if isinstance(given, list | tuple)
            else [given]
        )
        weights = self.weights(size)
        running.meter.spend_flops(
            2.0 * x.data.shape[0] * x.data.shape[1] * sum(w.data.numel() for w in weights), self.kind
        )
        made = NdOp(self.kind, self.scan, "layer").call((x, [bare(s) for s in start], *weights), {})
        out, states = made[0], made[1:]
        return out if given is None else [out, states]

    def scan(self, x: Tensor, start: State, *weights: Tensor) -> list[Tensor]:
        x = x if self.layout == "TNC" else x.transpose(0, 1)
        last: list[State] = []
        with untraced():
            for k in range(self.count):
                outs = []
                for way in range(self.ways):
                    at = k * self.ways + way
                    state = [s[at] for s in start]
                    steps = []
                    for now in x if way == 0 else x.flip(0):
                        running.meter.step()
                        state = self.step(now, state, *weights[4 * at : 4 * at + 4], self.act)
                        steps.append(state[0])
                    done = torch.stack(steps)
                    outs.append(done if way == 0 else done.flip(0))
                    last.append(state)
                x = torch.cat(outs, -1)
        ends = [torch.stack([state[n] for state in last]) for n in range(self.states)]
        return [x if self.layout == "TNC" else x.transpose(0, 1), *ends]


class RNN(_Base):
    """A simple recurrent layer."""


class LSTM(_Base):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997)."""

    kind = "LSTM"


class GRU(_Base):
    """Gated recurrent unit (Cho et al., 2014)."""

    kind = "GRU"


class _Cell(_Base):
    """One step: `cell(x, states)` gives the output and the new states."""

    def __init__(self, hidden_size: int, activation: str = "tanh", **other: Any) -> None:
        super().__init__(hidden_size, activation=activation, **other)

    def begin_state(
        self, batch_size: int = 0, func: Any = None, ctx: Any = None, **other: Any
    ) -> list[NDArray]:
        return [NDArray(torch.zeros(int(batch_size), self.units)) for _ in range(self.states)]

    def forward(self, *args: Any) -> Any:
        x, start = args[0], args[1] if isinstance(args[1], list | tuple) else [args[1]]
        weights = self.weights(x.data.shape[-1])

        def once(x: Tensor, *parts: Tensor) -> list[Tensor]:
            return self.step(x, list(parts[: self.states]), *parts[self.states :], self.act)

        made = NdOp(f"{self.kind}Cell", once, "layer").call((x, *start, *weights), {})
        return [made[0], made]


class RNNCell(_Cell):
    """One step of RNN."""


class LSTMCell(_Cell):
    """One step of LSTM."""

    kind = "LSTM"


class GRUCell(_Cell):
    """One step of GRU."""

    kind = "GRU"


def load() -> None:
    space = Namespace("mxnet.gluon.rnn", doc="Recurrent layers and cells.")
    for python in (RNN, LSTM, GRU, RNNCell, LSTMCell, GRUCell):
        space.members[python.__name__] = publish_type(
            NativeClass(python.__name__, python, module="mxnet.gluon.rnn", doc=python.__doc__ or "")
        )
    GLUON.members["rnn"] = space
    publish(space)
