"""Recurrent layers, their wrappers, and attention."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.keras.basic import _act
from freedive.lab.dialects.keras.layer import Layer, build_for
from freedive.lab.door import Op, untraced
from freedive.lab.running import running

T = torch.Tensor


class _Recurrent(Layer):
    gates = 1

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, dropout: float = 0.0, recurrent_dropout: float = 0.0, kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
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
        self.weight("kernel", [int(shape[-1]), width], self.starts[0])
        self.weight("recurrent_kernel", [self.units, width], self.starts[1])
        bias = self.weight("bias", [2, width] if self.gates == 3 else [width], "zeros")
        if self.gates == 4:
            with torch.no_grad():
                bias.t[self.units : 2 * self.units] = 1.0

    def forward(self, x: Any, training: bool) -> Any:
        weights = [self.fields[n].read() for n in ("kernel", "recurrent_kernel", "bias")]
        running.meter.spend_flops(
            2.0 * x.shape[0] * x.shape[1] * sum(w.numel() for w in weights), type(self).__name__
        )
        made = Op(type(self).__name__, self.scan, "layer", "none").apply((x, *weights), {})
        out, states = made
        last = out if self.sequences else out[:, -1]
        return [last, *states] if self.state else last

    def scan(self, x: T, kernel: T, recurrent: T, bias: T) -> Any:
        x = x.flip(1) if self.backwards else x
        h = torch.zeros(x.shape[0], self.units)
        c = torch.zeros(x.shape[0], self.units)
        outs = []
        with untraced():
            for step in range(x.shape[1]):
                running.meter.step()
                h, c = self.cell(x[:, step], h, c, kernel, recurrent, bias)
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
        xz, xr, xh = (x @ kernel + bias[0]).chunk(3, -1)
        hz, hr, hh = (h @ recurrent + bias[1]).chunk(3, -1)
        z, r = self.gate(xz + hz), self.gate(xr + hr)
        return z * h + (1 - z) * self.act(xh + r * hh), c


class Wrapper(Layer):
    def __init__(self, layer: Any, merge_mode: str = "concat", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.fields["layer"] = layer
        self.mode = merge_mode


class Bidirectional(Wrapper):
    def build(self, shape: Any) -> None:
        import copy

        self.fields["backward_layer"] = copy.copy(self.layer)
        back = self.fields["backward_layer"]
        back.fields, back.built, back.backwards = {}, False, True
        build_for(self.layer, shape)
        build_for(back, shape)

    def forward(self, x: Any, training: bool) -> Any:
        a, b = self.layer.forward(x, training), self.fields["backward_layer"].forward(x, training)
        b = b.flip(1) if self.layer.sequences else b
        if self.mode == "sum":
            return a + b
        return (a + b) / 2 if self.mode == "ave" else torch.cat([a, b], -1)


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
        total = self.heads * self.key_dim
        for name in ("query", "key", "value"):
            self.weight(f"{name}_kernel", [width, total], "glorot_uniform")
            self.weight(f"{name}_bias", [total], "zeros")
        self.weight("output_kernel", [total, width], "glorot_uniform")
        self.weight("output_bias", [width], "zeros")

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
            made = t @ self.fields[f"{name}_kernel"].read() + self.fields[f"{name}_bias"].read()
            return made.reshape(t.shape[0], t.shape[1], self.heads, self.key_dim).transpose(1, 2)

        def attend(q: T, k: T, v: T) -> Any:
            made = F.scaled_dot_product_attention(
                split(q, "query"), split(k, "key"), split(v, "value"), is_causal=use_causal_mask
            )
            flat = made.transpose(1, 2).reshape(q.shape[0], q.shape[1], -1)
            return flat @ self.fields["output_kernel"].read() + self.fields["output_bias"].read()

        return Op("MultiHeadAttention", attend, "contraction", "none").apply((x, key, value), {})
