"""What a layer is given: its dtype, its last axis, where its channels stand, how large the batch is."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

from torch import nn

from freedive.lab.findings.edits import followed, instead
from freedive.lab.findings.evidence import Any_Record, Evidence, Failure, layer, shape_text, tensors, values
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Note, Record


def _input(failure: Failure, *kinds: type[nn.Module]) -> tuple[Record, Note, nn.Module] | None:
    """The layer that failed and the tensor it was given."""
    record = failure.record
    module: Any = layer(record) if record is not None else None
    given = tensors(record) if record is not None else []
    if record is None or not isinstance(module, kinds or nn.Module) or not given:
        return None
    return record, given[0], module


def _after(run: Evidence, record: Record, note: Note, tail: str) -> Edit | None:
    return followed(run, record, record.args.index(note), tail) if note in record.args else None


@rule(
    "batch-of-one",
    "warning",
    Example(
        START + "net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))\ny = net(torch.randn(1, 4))  # <-",
        ("one value per channel", "variance", "net.eval()", "drop_last=True"),
        START
        + "net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))\nnet.eval()\ny = net(torch.randn(1, 4))",
    ),
)
def batch_of_one(run: Evidence) -> Iterator[Finding]:
    """Batch normalization over a single value."""
    for failure in run.failed("Expected more than 1 value per channel"):
        found = _input(failure, nn.modules.batchnorm._BatchNorm)
        if found is None:
            continue
        shape, name = shape_text(found[1].shape), type(found[2]).__name__
        yield Finding(
            f"in training {name} subtracts each channel's mean over the batch and divides by its deviation; "
            f"with {shape} there is one value per channel, which has no variance",
            "to predict, switch to the stored means first: net.eval(); to train, use batches of two or more, as with drop_last=True in the DataLoader, or LayerNorm",
            found[0],
            None,
            failure,
        )


@rule(
    "index-dtype",
    "warning",
    Example(
        START + "emb = nn.Embedding(5, 3)\nids = torch.tensor([1., 2.])\nv = emb(ids)  # <-",
        ("float32", "row", "ids.long()"),
        START + "emb = nn.Embedding(5, 3)\nids = torch.tensor([1, 2])\nv = emb(ids)",
    ),
    Example(
        START + "x = torch.randn(3)\ni = torch.tensor([1.])\nv = x[i]  # <-",
        ("float32", "i.long()"),
        START + "x = torch.randn(3)\ni = torch.tensor([1])\nv = x[i]",
    ),
)
def index_dtype(run: Evidence) -> Iterator[Finding]:
    """Floats as indices."""
    words = (
        "'indices' to have one of the following scalar types",
        "tensors used as indices must be",
        "for index",
        "index tensors of type",
        "applicable to index tensor",
    )
    for failure in run.failed(*words):
        record = failure.record
        if record is None:
            continue
        given = [
            note for note in tensors(record) if not note.dtype.startswith("int") or note.dtype == "int32"
        ]
        index = next((note for note in reversed(given) if note.dtype != "bool"), None)
        if index is None:
            continue
        place = record.args.index(index) if index in record.args else -1
        name = run.written(record, place) if place >= 0 else run.called(index)
        dtype, what = index.dtype, record.name
        yield Finding(
            f"{what} reads rows by their number, and a number of a row is whole; {name} is {dtype}",
            f"convert it: {name}.long()",
            record,
            _after(run, record, index, ".long()"),
            failure,
        )


@rule(
    "index-range",
    "warning",
    Example(
        START + "emb = nn.Embedding(5, 3)\nv = emb(torch.tensor([1, 5]))  # <-",
        ("5 rows", "0 to 4", "holds 5", "nn.Embedding(6, 3)"),
        START + "emb = nn.Embedding(6, 3)\nv = emb(torch.tensor([1, 5]))",
    ),
)
def index_range(run: Evidence) -> Iterator[Finding]:
    """An embedding without a row for an index."""
    for failure in run.failed("index out of range in self"):
        found = _input(failure, nn.Embedding, nn.EmbeddingBag)
        numbers = values(found[1]) if found is not None else None
        if found is None or numbers is None or not numbers.numel():
            continue
        module = found[2]
        rows, width = int(module.num_embeddings), int(module.embedding_dim)  # type: ignore[arg-type]
        low, high, last = int(numbers.min()), int(numbers.max()), rows - 1
        wrong = low if low < 0 else high
        name = type(module).__name__
        mend = f"make it as large as the vocabulary: nn.{name}({high + 1}, {width})"
        if low < 0:
            mend = "an index must not be negative; give unknown words an index of their own"
        yield Finding(
            f"the table has {rows} rows, so indices go from 0 to {last}; the input holds {wrong}",
            mend,
            found[0],
            None,
            failure,
        )


_DTYPES = {"float64", "float32", "float16", "bfloat16"}


@rule(
    "input-dtype",
    "warning",
    Example(
        START + "import numpy as np\nnet = nn.Linear(2, 1)\nx = torch.from_numpy(np.ones((3, 2)))\ny = net(x)  # <-",
        ("float64", "float32", "NumPy", "x.float()"),
        START + "import numpy as np\nnet = nn.Linear(2, 1)\nx = torch.from_numpy(np.ones((3, 2)))\ny = net(x.float())",
    ),
    Example(
        START + "net = nn.Linear(2, 1)\nx = torch.tensor([[1, 2]])\ny = net(x)  # <-",
        ("int64", "float32", "x.float()"),
        START + "net = nn.Linear(2, 1)\nx = torch.tensor([[1, 2]])\ny = net(x.float())",
    ),
    Example(
        START + "net = nn.Conv2d(1, 2, 3)\nx = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)\ny = net(x)  # <-",
        ("uint8", "x.float() / 255"),
        START + "net = nn.Conv2d(1, 2, 3)\nx = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)\ny = net(x.float() / 255)",
    ),
    Example(
        START + "a = torch.rand(1, 2, dtype=torch.float64)\nb = torch.rand(2, 2)\nc = a @ b  # <-",
        ("float64", "float32", "a.float()"),
        START + "a = torch.rand(1, 2)\nb = torch.rand(2, 2)\nc = a @ b",
    ),
)  # fmt: skip
def input_dtype(run: Evidence) -> Iterator[Finding]:
    """A product of numbers of two dtypes; elementwise torch converts, in products it does not."""
    words = "must have the same dtype", "have the same dtype, but got", "bias type (", "weight type (", "does not match weight dtype", "expected scalar type"  # fmt: skip
    for failure in run.failed(*words):
        record = failure.record
        if record is None or record.op.kind == "loss":
            continue
        given, module = tensors(record), layer(record)
        if not given:
            continue
        x = given[0]
        weight = next((note for note in record.inputs if note is not x and note.dtype != x.dtype), None)
        if weight is None:
            continue
        whole = x.dtype in _DTYPES and weight.dtype not in _DTYPES
        if module is None and (whole or (x.dtype, weight.dtype) == ("float32", "float64")):
            x, weight = weight, x  # floats of 32 bits are what the other one should become
        name = run.written(record, record.args.index(x)) if x in record.args else run.called(x)
        came, wanted = x.dtype, weight.dtype
        tail = ".float()" if wanted == "float32" else f".to(torch.{wanted})"
        whose = "the weights" if module is not None else "the other factor"
        why = "; NumPy counts in float64 by default, torch in float32" if came == "float64" else ""
        scaled = " / 255" if came == "uint8" else ""
        cause = f"{name} is {came} and {whose} are {wanted}{why}: a product does not convert one of them by itself"
        if module is None:
            cause = f"{name} is {came} and {whose} is {wanted}{why}: a product does not convert one of them by itself"
        yield Finding(
            cause,
            f"convert it: {name}{tail}{scaled}",
            record,
            None if scaled else _after(run, record, x, tail),
            failure,
        )


@rule(
    "input-size",
    "warning",
    Example(
        START + "net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(100, 10))  # <-\ny = net(torch.randn(2, 1, 28, 28))",
        ("3456 numbers per row", "100", "(2, 6, 24, 24)", "nn.Linear(3456, 10)"),
        START + "net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(3456, 10))\ny = net(torch.randn(2, 1, 28, 28))",
    ),
    Example(
        START + "net = nn.Linear(784, 10)\ny = net(torch.randn(2, 1, 28, 28))  # <-",
        ("28", "784", "flatten(1)"),
        START + "net = nn.Linear(784, 10)\ny = net(torch.randn(2, 1, 28, 28).flatten(1))",
    ),
    Example(
        START + "net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(6, 2))  # <-\ny = net(torch.randn(2, 4))",
        ("8 numbers per row", "6", "nn.Linear(8, 2)"),
        START + "net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))\ny = net(torch.randn(2, 4))",
    ),
)  # fmt: skip
def input_size(run: Evidence) -> Iterator[Finding]:
    """A linear layer made for another number of inputs: the number that it needs is named."""
    for failure in run.failed("mat1 and mat2 shapes cannot be multiplied"):
        found = _input(failure, nn.Linear)
        if found is None:
            continue
        record, x, module = found
        wanted, width = int(module.in_features), int(module.out_features)  # type: ignore[arg-type]
        came, shape = x.shape[-1], shape_text(x.shape)
        if len(x.shape) > 2 and math.prod(x.shape[1:]) == wanted:
            yield Finding(
                f"the layer takes rows of {wanted} numbers; {shape} has rows of {came}, and {wanted} in each item altogether",
                "make one row of each item first: x.flatten(1)",
                record,
                _after(run, record, x, ".flatten(1)"),
                failure,
            )
            continue
        maker = run.maker(x)
        why = ""
        if maker is not None and maker.op.kind == "movement" and maker.inputs:
            before = shape_text(maker.inputs[0].shape)
            why = f", made of {before}"
        written = _made(run, record, module)
        yield Finding(
            f"the layer was made for {wanted} numbers per row; what comes has {came} numbers per row{why}",
            f"make it for {came}: nn.Linear({came}, {width})",
            written if written is not None else record,
            None if written is None else instead(run, written.args[0], str(came)),
            failure,
        )


def _made(run: Evidence, record: Any_Record, module: nn.Module) -> ast.Call | None:
    """The one place in the snippet that makes a linear layer of these sizes."""
    wanted = [int(module.in_features), int(module.out_features)]  # type: ignore[arg-type]
    found = []
    for node in run.calls:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        sizes = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
        if name == "Linear" and sizes == wanted:
            found.append(node)
    return found[0] if len(found) == 1 else None


@rule(
    "channels",
    "warning",
    Example(
        START + "conv = nn.Conv2d(3, 8, 3)\nx = torch.randn(2, 32, 32, 3)\ny = conv(x)  # <-",
        ("channels last", "axis 1", "x.permute(0, 3, 1, 2)"),
        START + "conv = nn.Conv2d(3, 8, 3)\nx = torch.randn(2, 32, 32, 3)\ny = conv(x.permute(0, 3, 1, 2))",
    ),
    Example(
        START + "conv = nn.Conv2d(1, 8, 3)\nx = torch.randn(16, 28, 28)\ny = conv(x)  # <-",
        ("16 channels", "x.unsqueeze(1)"),
        START + "conv = nn.Conv2d(1, 8, 3)\nx = torch.randn(16, 28, 28)\ny = conv(x.unsqueeze(1))",
    ),
    Example(
        START + "conv = nn.Conv2d(1, 8, 3)\nx = torch.randn(28, 28)\ny = conv(x)  # <-",
        ("(28, 28)", "x[None, None]"),
        START + "conv = nn.Conv2d(1, 8, 3)\nx = torch.randn(28, 28)\ny = conv(x[None, None])",
    ),
)
def channels(run: Evidence) -> Iterator[Finding]:
    """Images with their channels elsewhere than a convolution looks for them."""
    for failure in run.failed("channels, but got", "(batched) input to conv"):
        found = _input(failure, nn.modules.conv._ConvNd)
        if found is None:
            continue
        record, x, module = found
        axes = len(module.kernel_size)  # type: ignore[arg-type]
        wanted, shape = int(module.in_channels), shape_text(x.shape)  # type: ignore[arg-type]
        name = run.written(record, record.args.index(x)) if x in record.args else run.called(x)
        batched = len(x.shape) == axes + 2
        came = x.shape[1] if batched else x.shape[0]
        tail = ""
        cause = f"the layer was made for {wanted} channels; along the channel axis of {shape} it finds {came}"
        mend = f"make its first number {came}, or check which axis holds the channels"
        if batched and x.shape[-1] == wanted:
            order = ", ".join(map(str, [0, axes + 1, *range(1, axes + 1)]))
            tail = f".permute({order})"
            cause = f"{shape} has its {wanted} channels last; torch looks for them along axis 1, right after the batch, and finds {came}"
            mend = f"bring them forward: {name}.permute({order})"
        elif not batched and len(x.shape) == axes + 1 and wanted == 1:
            tail = ".unsqueeze(1)"
            cause = f"without an axis for channels {shape} is read as one item of {came} channels; the layer takes {wanted}"
            mend = f"put the axis in: {name}.unsqueeze(1)"
        elif len(x.shape) == axes and wanted == 1:
            tail = "[None, None]"
            cause = f"a convolution takes (batch, channels, height, width); {shape} has neither batch nor channels"
            mend = f"put both axes in: {name}[None, None]"
        yield Finding(cause, mend, record, _after(run, record, x, tail) if tail else None, failure)
