"""The recorder against numbers computed one by one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from freedive.protocol.events import Task
from freedive.training import recorder as recorder_module
from freedive.training.recorder import Recorder

CPU = torch.device("cpu")


@pytest.mark.parametrize("task", ["multiclass", "binary", "regression"])
@pytest.mark.parametrize("most_kept", [2**26, 1])
def test_rows_are_what_each_step_measured(
    task: Task, most_kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "MOST_KEPT", most_kept)
    torch.manual_seed(0)
    layer = nn.Linear(4, 3 if task == "multiclass" else 1)
    kept = Recorder(task, [("weight", layer.weight)], CPU)
    expected: list[list[float]] = []
    for step, size in enumerate([6, 6, 2, 6], start=1):
        inputs = torch.randn(size, 4)
        targets = {
            "multiclass": torch.randint(0, 3, (size,)),
            "binary": torch.randint(0, 2, (size, 1)).float(),
            "regression": torch.randn(size, 1),
        }[task]
        outputs = layer(inputs)
        loss = outputs.square().mean()
        layer.weight.grad = layer.bias.grad = None
        torch.autograd.backward(loss)
        kept.add(step, loss.detach(), outputs.detach(), targets, 0.1 * step)
        measured = {
            "multiclass": lambda o=outputs, t=targets: float((o.argmax(1) == t).float().mean()),
            "binary": lambda o=outputs, t=targets: float(((o.sigmoid() > 0.5) == t.bool()).float().mean()),
            "regression": lambda o=outputs, t=targets: float((o - t).abs().mean().detach()),
        }[task]()
        assert layer.weight.grad is not None
        expected.append([float(loss.detach()), measured, 0.1 * step, float(layer.weight.grad.norm())])
    rows = kept.take()
    assert rows is not None
    assert rows.first_step == 1
    assert rows.numpy().tolist() == [pytest.approx(row, rel=1e-5) for row in expected]
    assert kept.take() is None
    assert kept.columns == ["loss", "mae" if task == "regression" else "accuracy", "lr", "grad_norm/weight"]
