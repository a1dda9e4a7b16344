"""torch.nn.init: filling weights in place."""

from __future__ import annotations

from torch.nn import init

from freedive.lab.dialects.torch.layers import NN
from freedive.lab.door import Op
from freedive.lab.exchange import Borrowed
from freedive.lab.importing import publish
from freedive.lab.namespaces import Namespace

NAMES = (
    "uniform_", "normal_", "constant_", "ones_", "zeros_", "eye_", "dirac_", "xavier_uniform_", "xavier_normal_",
    "kaiming_uniform_", "kaiming_normal_", "trunc_normal_", "orthogonal_", "sparse_",
)  # fmt: skip


def load() -> None:
    space = Namespace("torch.nn.init", doc="Ways to fill weights before training.")
    for name in NAMES:
        space.members[name] = Op(
            name, getattr(init, name), "inplace", "svd" if name == "orthogonal_" else "none"
        )
    for old in (
        "xavier_uniform",
        "xavier_normal",
        "kaiming_uniform",
        "kaiming_normal",
        "normal",
        "uniform",
        "constant",
    ):
        space.members[old] = space.members[old + "_"]
    space.members["calculate_gain"] = Borrowed("calculate_gain", init.calculate_gain)
    NN.members["init"] = space
    publish(space)
