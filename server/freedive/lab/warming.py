"""One call of each family before the seal, so that no lazy import happens behind it."""

from __future__ import annotations

import sys

import torch


def warm_up() -> None:
    from freedive.lab import evaluate

    torch.set_num_threads(1)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 12_000))
    evaluate({"source": "import torch\nx = torch.tensor([1., 2.])\nx + 1"})
