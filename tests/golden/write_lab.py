"""Writes the lab's answers that vitest reads: `python tests/golden/write_lab.py`, after the answer's form has changed.

`lab_products.json` is asked again as it stands; `lab_looked.json` has answers to snippets with a cell looked at.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from freedive.lab import evaluate, warm_up

HERE = Path(__file__).parent
TORCH = "import torch\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n"
FOUND = (
    "import torch, torch.nn as nn\nimport torch.nn.functional as F\nx = torch.tensor([[1., 2.], [3., 4.]])  # 🐍\np = F.softmax(x)\n"
    "y = torch.tensor([0., 1.])\nloss = F.cross_entropy(x, y)"
)
"""A silent fault with a mend that can be written, and an error that is explained."""
LOOKED = {
    "batched": (TORCH + "A = torch.randn(2, 3, 4, 5)\nB = torch.randn(2, 1, 5, 3)\nC = A @ B", [1, 2, 3, 0]),
    "padded": (TORCH + "x = torch.randn(1, 2, 5, 5)\nw = torch.randn(3, 2, 3, 3)\nb = torch.randn(3)\ny = F.conv2d(x, w, b, padding=1)", [0, 1, 0, 4]),
    "pooled": (TORCH + "x = torch.arange(36.).reshape(1, 1, 6, 6) % 7\ny = F.max_pool2d(x, 2)", [0, 0, 1, 1]),
    "layer": (TORCH + "l = torch.nn.Linear(3, 2)\nx = torch.rand(4, 3, requires_grad=True)\ny = l(x)\n(y ** 2).sum().backward()", [2, 1]),
    "large": (TORCH + "a = torch.randn(90, 1)\nb = torch.randn(1, 80)\nc = a - b", [70, 75]),
}  # fmt: skip
"""Snippets, and the cell of their last operation that makes a named tensor."""


def looked(source: str, cell: list[int]) -> dict[str, Any]:
    answer = evaluate({"source": source})
    shape_of = {number: tensor["shape"] for number, tensor in answer["tensors"].items()}
    fits = [
        op["id"]
        for op in answer["ops"]
        if op["outputs"] and len(shape_of[str(op["outputs"][0])]) == len(cell) and op["inputs"]
    ]
    kinds = {op["id"]: op["kind"] for op in answer["ops"]}
    wanted = [number for number in fits if kinds[number] == "contraction"] or fits
    return {**evaluate({"source": source, "look": {"op": wanted[-1], "cell": cell}}), "elapsed_ms": 0.0}


def main() -> None:
    warm_up()
    products = HERE / "lab_products.json"
    source = json.loads(products.read_text())["source"]
    products.write_text(
        json.dumps({**evaluate({"source": source}), "elapsed_ms": 0.0}, separators=(",", ":"))
    )
    (HERE / "lab_found.json").write_text(
        json.dumps({**evaluate({"source": FOUND}), "elapsed_ms": 0.0}, separators=(",", ":"))
    )
    answers = {name: looked(*each) for name, each in LOOKED.items()}
    (HERE / "lab_looked.json").write_text(json.dumps(answers, separators=(",", ":")))


if __name__ == "__main__":
    main()
