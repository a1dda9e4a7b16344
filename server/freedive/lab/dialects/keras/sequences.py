"""Recurrent layers, their wrappers, and attention."""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.keras.basic import _act
from freedive.lab.dialects.keras.layer import Layer, build_for, run_layer
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.door import Op, untraced
from freedive.lab.kinds import kind_of
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor


_PREFIX = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}


class _Recurrent(Layer):
    gates = 1

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, dropout: float = 0.0, recurrent_dropout: float = 0.0, kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", unit_forget_bias: bool = True, reset_after: bool = True, stateful: bool = False, unroll: bool = False, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.forget, self.after, self.rules = (
            unit_forget_bias,
            reset_after,
            (kernel_regularizer, recurrent_regularizer),
        )
        self.bias_start, self.drop, self.recurrent_drop = (
            bias_initializer,
            float(dropout),
            float(recurrent_dropout),
        )
        self.units, self.sequences, self.state, self.backwards = (
            int(units),
            return_sequences,
            return_state,
            go_backwards,
        )
        self.act = _act(activation) or (lambda t: t)
        self.gate = _act(recurrent_activation) or (lambda t: t)
        self.starts, self.use_bias = (kernel_initializer, recurrent_initializer), use_bias

    def build(self, shape: Any) -> None:
        width = self.units * self.gates
        shape = shape[0] if isinstance(shape[0], list) else shape
        inside = "" if type(self).__name__.endswith("Cell") else f"{_PREFIX[type(self).__name__]}_cell/"
        self.weight(f"{inside}kernel", [int(shape[-1]), width], self.starts[0], penalty=self.rules[0])
        self.weight(f"{inside}recurrent_kernel", [self.units, width], self.starts[1], penalty=self.rules[1])
        if not self.use_bias:
            return
        bias = self.weight(
            f"{inside}bias", [2, width] if self.gates == 3 and self.after else [width], self.bias_start
        )
        if self.gates == 4 and self.forget:
            with torch.no_grad():
                bias.t[self.units : 2 * self.units] = 1.0

    def bias_of(self, kernel: T) -> T:
        """The bias, or zeros where there is none."""
        if self.use_bias:
            made: T = self.fields["bias"].read()
            return made
        return torch.zeros([2, kernel.shape[1]] if self.gates == 3 and self.after else [kernel.shape[1]])

    def forward(self, x: Any, training: bool, initial_state: Any = None) -> Any:
        if isinstance(x, list | tuple):
            x, initial_state = x[0], list(x[1:])
        if x.dim() != 3:
            raise self.misfit(f"expected ndim=3, found ndim={x.dim()}. Full shape received: {tuple(x.shape)}")
        weights = [self.fields[n].read() for n in ("kernel", "recurrent_kernel")]
        weights.append(self.bias_of(weights[0]))
        if training and self.drop:
            x = F.dropout(x, self.drop)
        starts = (
            initial_state
            if isinstance(initial_state, list | tuple)
            else []
            if initial_state is None
            else [initial_state]
        )
        running.meter.spend_flops(
            2.0 * x.shape[0] * x.shape[1] * sum(w.numel() for w in weights), type(self).__name__
        )
        made = Op(type(self).__name__, self.scan, "layer", "none").apply((x, *weights, *starts), {})
        out, states = made
        last = out if self.sequences else out[:, -1]
        return [last, *states] if self.state else last

    def scan(self, x: T, kernel: T, recurrent: T, bias: T, *starts: T) -> Any:
        mask = self.mask
        if self.backwards:
            x, mask = x.flip(1), None if mask is None else mask.flip(1)
        h = starts[0] if starts else torch.zeros(x.shape[0], self.units)
        c = starts[1] if len(starts) > 1 else torch.zeros(x.shape[0], self.units)
        outs = []
        with untraced():
            for step in range(x.shape[1]):
                running.meter.step()
                new, kept = self.cell(x[:, step], h, c, kernel, recurrent, bias)
                if mask is None:
                    h, c = new, kept
                else:
                    there = mask[:, step, None]
                    h, c = torch.where(there, new, h), torch.where(there, kept, c)
                outs.append(h)
        return torch.stack(outs, 1), ([h, c] if self.gates == 4 else [h])

    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        raise TypeError("no cell")


class SimpleRNN(_Recurrent):
    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        return self.act(x @ kernel + h @ recurrent + bias), c


class LSTM(_Recurrent):
    gates = 4

    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        i, f, g, o = (x @ kernel + h @ recurrent + bias).chunk(4, -1)
        c = self.gate(f) * c + self.gate(i) * self.act(g)
        return self.gate(o) * self.act(c), c


class GRU(_Recurrent):
    gates = 3

    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        if not self.after:
            xz, xr, xh = (x @ kernel + bias).chunk(3, -1)
            wz, wr, wh = recurrent.chunk(3, -1)
            z, r = self.gate(xz + h @ wz), self.gate(xr + h @ wr)
            return z * h + (1 - z) * self.act(xh + (r * h) @ wh), c
        xz, xr, xh = (x @ kernel + bias[0]).chunk(3, -1)
        hz, hr, hh = (h @ recurrent + bias[1]).chunk(3, -1)
        z, r = self.gate(xz + hz), self.gate(xr + hr)
        return z * h + (1 - z) * self.act(xh + r * hh), c


def _cell(base: type[_Recurrent]) -> type[_Recurrent]:
    """One step of a recurrent layer as a layer of its own: `cell(x, states)` gives the output and the new states."""

    def forward(self: Any, x: Any, training: bool, states: Any = None) -> Any:
        weights = [self.fields[n].read() for n in ("kernel", "recurrent_kernel")]
        weights.append(self.bias_of(weights[0]))
        held = states if isinstance(states, list | tuple) else [] if states is None else [states]
        blank = torch.zeros(x.shape[0], self.units)
        h, c = held[0] if held else blank, held[1] if len(held) > 1 else blank
        out, kept = self.cell(x, h, c, *weights)
        return [out, [out, kept] if self.gates == 4 else [out]]

    size = property(lambda self: [self.units, self.units] if self.gates == 4 else self.units)
    return type(
        f"{base.__name__}Cell", (base,), {"forward": forward, "state_size": size, "keeps_mask": False}
    )


SimpleRNNCell, LSTMCell, GRUCell = _cell(SimpleRNN), _cell(LSTM), _cell(GRU)


class RNN(Layer):
    """Any cell, or several on top of each other, along the steps."""

    def __init__(self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False, unroll: bool = False, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.cells = collect(cell) if isinstance(cell, list | tuple) else [cell]
        self.fields["cell"] = self.cells if len(self.cells) > 1 else cell
        self.sequences, self.state, self.backwards = return_sequences, return_state, go_backwards

    def _blank(self, cell: Any, rows: int) -> list[EagerTensor]:
        size = kind_of(cell).getattr(cell, "state_size")
        sizes = collect(size) if isinstance(size, list | tuple) else [size]
        return [EagerTensor(torch.zeros(rows, int(s))) for s in sizes]

    def forward(self, x: Any, training: bool, initial_state: Any = None) -> Any:
        x = x.flip(1) if self.backwards else x
        states = [self._blank(cell, x.shape[0]) for cell in self.cells]
        if initial_state is not None and len(self.cells) == 1:
            states = [
                [
                    EagerTensor(s)
                    for s in (initial_state if isinstance(initial_state, list) else [initial_state])
                ]
            ]
        outs = []
        with untraced():
            for step in range(x.shape[1]):
                running.meter.step()
                value: Any = EagerTensor(x[:, step])
                for k, cell in enumerate(self.cells):
                    value, new = collect(run_layer(cell, (value, states[k]), {}))
                    states[k] = collect(new) if isinstance(new, list | tuple) else [new]
                outs.append(convert(value))
        made = torch.stack(outs, 1) if self.sequences else outs[-1]
        return [made, *[convert(s) for each in states for s in each]] if self.state else made


class Attention(Layer):
    """Dot-product attention of a query over a value (and key)."""

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, shape: Any) -> None:
        if self.use_scale:
            self.weight("scale", [], "ones")

    def forward(self, x: Any, training: bool, **kwargs: Any) -> Any:
        query, value = x[0], x[1]
        key = x[2] if len(x) > 2 else value
        scale = [self.fields["scale"].read()] if self.use_scale else []

        def attend(q: T, v: T, k: T, *scale: T) -> T:
            scores = q @ k.mT * (scale[0] if scale else 1.0)
            return torch.softmax(scores, -1) @ v

        return Op("Attention", attend, "contraction", "attention").apply((query, value, key, *scale), {})


class AdditiveAttention(Layer):
    """Attention by the sum of query and key through tanh."""

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, shape: Any) -> None:
        if self.use_scale:
            self.weight("scale", [int(shape[0][-1])], "glorot_uniform")

    def forward(self, x: Any, training: bool, **kwargs: Any) -> Any:
        query, value = x[0], x[1]
        key = x[2] if len(x) > 2 else value
        scale = [self.fields["scale"].read()] if self.use_scale else []

        def attend(q: T, v: T, k: T, *scale: T) -> T:
            both = torch.tanh(q.unsqueeze(2) + k.unsqueeze(1))
            return torch.softmax((both * scale[0] if scale else both).sum(-1), -1) @ v

        return Op("AdditiveAttention", attend, "contraction", "additive").apply(
            (query, value, key, *scale), {}
        )


class Wrapper(Layer):
    def __init__(self, layer: Any, merge_mode: Any = "concat", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.fields["layer"] = layer
        self.mode = merge_mode


class Bidirectional(Wrapper):
    """A recurrent layer forwards, and one like it backwards."""

    def __init__(
        self, layer: Any, merge_mode: Any = "concat", backward_layer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(layer, merge_mode, **kwargs)
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(
                f'Invalid merge mode. Received: {merge_mode}. Merge mode should be one of {{"sum", "mul", "ave", "concat", None}}'
            )
        self.fields["forward_layer"] = self.fields.pop("layer")
        back = backward_layer
        if back is None:
            back = copy.copy(layer)
            back.fields, back.built, back.backwards = {}, False, not layer.backwards
            back.extra, back.penalties, back.added, back.nodes = [], [], [], []
            plain = layer.name
            layer.name, back.name = f"forward_{plain}", f"backward_{plain}"
        self.fields["backward_layer"] = back

    def build(self, shape: Any) -> None:
        shape = shape[0] if isinstance(shape[0], list) else shape
        build_for(self.layer, shape)
        build_for(self.fields["backward_layer"], shape)

    def forward(self, x: Any, training: bool, initial_state: Any = None) -> Any:
        back = self.fields["backward_layer"]
        starts: list[Any] = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            starts = [initial_state[:half], initial_state[half:]]
        self.layer.mask = back.mask = self.mask
        a = self.layer.forward(x, training, starts[0])
        b = back.forward(x, training, starts[1])
        states = []
        if self.layer.state:
            a, b, states = a[0], b[0], [*a[1:], *b[1:]]
        b = b.flip(1) if self.layer.sequences else b
        made: Any
        if self.mode == "sum":
            made = a + b
        elif self.mode == "mul":
            made = a * b
        elif self.mode == "ave":
            made = (a + b) / 2
        else:
            made = [a, b] if self.mode is None else torch.cat([a, b], -1)
        return [*(made if isinstance(made, list) else [made]), *states] if states else made


class TimeDistributed(Wrapper):
    def forward(self, x: Any, training: bool) -> Any:
        flat = x.reshape(-1, *x.shape[2:])
        if not self.layer.built:
            build_for(self.layer, [None, *x.shape[2:]])
        out = self.layer.forward(flat, training)
        return out.reshape(x.shape[0], x.shape[1], *out.shape[1:])


class MultiHeadAttention(Layer):
    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: Any = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.heads, self.key_dim = int(num_heads), int(key_dim)

    def build(self, shape: Any) -> None:
        width = int(shape[-1] if not isinstance(shape[0], list) else shape[0][-1])
        for name in ("query", "key", "value"):
            self.weight(f"{name}/kernel", [width, self.heads, self.key_dim], "glorot_uniform")
            self.weight(f"{name}/bias", [self.heads, self.key_dim], "zeros")
        self.weight("attention_output/kernel", [self.heads, self.key_dim, width], "glorot_uniform")
        self.weight("attention_output/bias", [width], "zeros")

    def forward(
        self,
        x: Any,
        training: bool,
        value: Any = None,
        key: Any = None,
        attention_mask: Any = None,
        use_causal_mask: bool = False,
        **kwargs: Any,
    ) -> Any:
        value = x if value is None else value
        key = value if key is None else key

        def split(t: T, name: str) -> Any:
            kernel, bias = self.fields[f"{name}_kernel"].read(), self.fields[f"{name}_bias"].read()
            made = t @ kernel.flatten(1) + bias.flatten()
            return made.reshape(t.shape[0], t.shape[1], self.heads, self.key_dim).transpose(1, 2)

        def attend(q: T, k: T, v: T) -> Any:
            made = F.scaled_dot_product_attention(
                split(q, "query"), split(k, "key"), split(v, "value"), is_causal=use_causal_mask
            )
            flat = made.transpose(1, 2).reshape(q.shape[0], q.shape[1], -1)
            return (
                flat @ self.fields["attention_output_kernel"].read().flatten(0, 1)
                + self.fields["attention_output_bias"].read()
            )

        return Op("MultiHeadAttention", attend, "contraction", "attention").apply((x, key, value), {})
