"""Places and lengths that torch's kernels take on trust: a wrong one is an error, never memory that is another's.

Each snippet runs in a process of its own, since without the check it ends with a signal or reads beyond its tensors.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from .conftest import Run

SETUP = """import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence
"""


def alone(run: Run, source: str) -> dict[str, Any]:
    """The answer of a child; how it died where it gave none."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = run(source, setup=SETUP, dialect="torch", trace=False)
            told = {
                "status": answer["status"],
                "error": answer["error"],
                "value": answer["statements"][-1]["value"],
            }
            os.write(writing, json.dumps(told).encode()[:60_000])
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    answer = json.loads(said) if said else {"status": f"died of signal {os.WTERMSIG(status)}"}
    return answer


LOG = "torch.zeros(5, 1, 3).log_softmax(2)"
OUTSIDE = {
    # classes that there are not
    f"F.ctc_loss({LOG}, torch.tensor([[1, 200000000]]), torch.tensor([5]), torch.tensor([2]))": "between 0 and 2",
    f"F.ctc_loss({LOG}, torch.tensor([[1, -2]]), (5,), (2,))": "one is -2",
    f"torch.ctc_loss({LOG}, torch.tensor([1, 3]), (5,), (2,))": "between 0 and 2",
    f"nn.CTCLoss()({LOG}, torch.tensor([[1, 10 ** 9]]), (5,), (2,))": "between 0 and 2",
    "torch.vmap(lambda a, t: F.ctc_loss(a, t, (5,), (2,)))(torch.zeros(2, 5, 1, 4), torch.tensor([[[1, 2]], [[1, 10 ** 9]]]))": "between 0 and 3",
    # bags of rows
    "nn.EmbeddingBag(3, 3)(torch.tensor([100, 2]), torch.tensor([0, 1]))": "between 0 and 2",
    "nn.EmbeddingBag(3, 3, mode='sum')(torch.tensor([1, 2]), torch.tensor([0, -5]))": "between 0 and 2",
    "nn.EmbeddingBag(3, 3, mode='max')(torch.tensor([1, 2, 0]), torch.tensor([0, 2, 1]))": "must rise",
    # packed sequences whose sizes somebody wrote
    "pad_packed_sequence(pack_sequence([torch.ones(3, 1)])._replace(batch_sizes=torch.tensor([2, -5, 2])))": "batch_sizes",
    "pad_packed_sequence(pack_sequence([torch.ones(3, 1)])._replace(batch_sizes=torch.tensor([4])))": "batch_sizes",
    "nn.LSTM(1, 1)(pack_sequence([torch.ones(3, 1)])._replace(batch_sizes=torch.tensor([1, 2])))": "batch_sizes",
    "nn.GRU(1, 1)(pack_sequence([torch.ones(3, 1)])._replace(batch_sizes=torch.tensor([1, 100000])))": "batch_sizes",
    "nn.RNN(1, 1)(pack_sequence([torch.ones(3, 1)])._replace(batch_sizes=torch.tensor([0, 3])))": "batch_sizes",
    "nn.RNN(1, 1)(pack_padded_sequence(torch.ones(3, 1, 1), [30]))": "batch_sizes",
    # weights smaller than the layer says
    "m = nn.LSTM(200, 200)\nm.weight_ih_l0 = nn.Parameter(torch.ones(1, 1))\nm(torch.ones(1, 1, 200))": "(800, 200) is wanted",
    "m = nn.LSTM(200, 200)\nm.bias_hh_l0.data = torch.ones(1)\nm(torch.ones(1, 1, 200))": "(800,) is wanted",
    "m = nn.LSTM(2, 2)\ntorch.func.functional_call(m, {'weight_hh_l0': torch.ones(1, 1)}, (torch.ones(1, 1, 2),))": "(8, 2) is wanted",
    "m = nn.LSTM(2, 2, proj_size=1)\nm.weight_hr_l0.data = torch.ones(1)\nm(torch.ones(1, 1, 2))": "(1, 2) is wanted",
    "m = nn.LSTM(2, 2)\nm.num_layers = 50\nm(torch.ones(1, 1, 2))": "200 weights",
    "m = nn.LSTM(2, 2)\nm._flat_weights = [torch.ones(1)] * 4\nm(torch.ones(1, 1, 2))": "",
    # what was kept for backward became another tensor since
    "m = nn.BatchNorm1d(300).eval()\ny = m(torch.ones(2, 300))\nm.weight.data = torch.ones(1)\ny.sum().backward()": "modified by an inplace",
    "x = torch.ones(2, 300, 8, requires_grad=True)\nm = torch.zeros(300)\ny = F.batch_norm(x, m, torch.ones(300))\nm.data = torch.ones(1)\ny.sum().backward()": "modified by an inplace",
    "m = nn.LSTM(2, 2)\ny = m(torch.ones(1, 1, 2))[0]\nm.half()\ny.sum().backward()": "modified by an inplace",
}  # fmt: skip


@pytest.mark.parametrize("source", OUTSIDE)
def test_what_lies_outside_is_an_error(source: str, run: Run) -> None:
    answer = alone(run, source)
    assert answer["status"] == "error", answer
    assert OUTSIDE[source] in answer["error"]["message"]


SPOILED = {
    "x = torch.arange(16.).reshape(1, 1, 4, 4).requires_grad_()\ny, i = F.max_pool2d(x, 2, return_indices=True)": 4,
    "x = torch.arange(16.).reshape(1, 1, 4, 4).requires_grad_()\ny, i = nn.MaxPool2d(2, return_indices=True)(x)": 4,
    "x = torch.arange(4.).reshape(1, 1, 4).requires_grad_()\ny, i = F.max_pool1d(x, 2, return_indices=True)": 2,
    "x = torch.arange(64.).reshape(1, 1, 4, 4, 4).requires_grad_()\ny, i = F.max_pool3d(x, 2, return_indices=True)": 8,
    "x = torch.arange(4.).reshape(1, 1, 4).requires_grad_()\ny, i = torch.adaptive_max_pool1d(x, 2)": 2,
    "x = torch.arange(16.).reshape(1, 1, 4, 4).requires_grad_()\ny, i = F.adaptive_max_pool2d(x, 2, return_indices=True)": 4,
    "x = torch.ones(5, 3, requires_grad=True)\ni = torch.tensor([0, 1, 1])\ny = F.embedding(i, x, scale_grad_by_freq=True)": 6,
    "x = torch.ones(5, 3, requires_grad=True)\ni = torch.tensor([0, 1, 1])\ny = torch.embedding(x, i, -1, True)": 6,
}  # fmt: skip
"""What gives places away or takes them, and what the gradient of the sum adds up to."""


@pytest.mark.parametrize(
    "how", ["i.data.fill_(10 ** 9)", "i.numpy()[:] = 10 ** 9", "i.detach().numpy()[:] = -10 ** 9"]
)
@pytest.mark.parametrize("source", SPOILED)
def test_places_that_are_spoiled_before_backward_change_nothing(source: str, how: str, run: Run) -> None:
    answer = alone(run, f"{source}\n{how}\ny.sum().backward()\nx.grad.sum().item()")
    assert answer["status"] == "ok", answer
    assert answer["value"]["data"] == SPOILED[source]


def test_targets_of_ctc_that_are_spoiled_before_backward_change_nothing(run: Run) -> None:
    source = "x = torch.arange(15.).reshape(5, 1, 3).requires_grad_()\nt = torch.tensor([[1, 2]])\nl = F.ctc_loss(x.log_softmax(2), t, (5,), (2,))\n"
    spoiled = alone(run, source + "t.data.fill_(10 ** 8)\nl.backward()\nx.grad.abs().sum().item()")
    x = torch.arange(15.0).reshape(5, 1, 3).requires_grad_()
    real: Any = F.ctc_loss
    real(x.log_softmax(2), torch.tensor([[1, 2]]), (5,), (2,)).backward()
    assert x.grad is not None
    assert spoiled["value"]["data"] == pytest.approx(x.grad.abs().sum().item())


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "Adagrad"])
def test_an_optimizer_does_not_trust_sizes(kind: str, run: Run) -> None:
    """torch's fused steps read as many gradients as the parameter has elements."""
    source = f"""x = torch.ones(10, requires_grad=True)
x.grad = torch.ones(10)
o = torch.optim.{kind}([x], lr=1., fused=True)
x.data = torch.ones(10 ** 6)
o.step()"""
    assert alone(run, source)["status"] == "error"


@pytest.mark.filterwarnings("ignore")
def test_what_is_right_goes_on_as_before(run: Run) -> None:
    """The values of plain torch, through the very same functions."""
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 3, num_layers=2, bidirectional=True, proj_size=2)
    real: Any = F.ctc_loss
    for source, want in {
        "torch.manual_seed(0)\nnn.LSTM(2, 3, num_layers=2, bidirectional=True, proj_size=2)(torch.ones(4, 1, 2))[0].sum().item()":
            lstm(torch.ones(4, 1, 2))[0].sum().item(),
        f"F.ctc_loss({LOG}, torch.tensor([[1, -7]]), (5,), (1,)).item()":  # what stands after the length is never read
            real(torch.zeros(5, 1, 3).log_softmax(2), torch.tensor([[1, 0]]), (5,), (1,)).item(),
        "pad_packed_sequence(pack_sequence([torch.ones(3), torch.ones(2)]))[0].sum().item()": 5.0,
        "nn.LSTM(2, 3, bias=False)(pack_sequence([torch.ones(3, 2)]))[0].data.shape[1]": 3,
        "x = torch.ones(3, requires_grad=True)\n(x * x).sum().backward()\nx.data = x.data - x.grad\n(x * x).sum().backward()\nx.grad.sum().item()": 0.0,
        "x = torch.ones(3, requires_grad=True)\nx.data = torch.zeros(5)\n(x * x).sum().item()": 0.0,
    }.items():  # fmt: skip
        assert alone(run, source)["value"]["data"] == pytest.approx(want), source
