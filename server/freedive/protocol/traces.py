"""What the tensor lab is asked and what it answers: a snippet in, a trace of every operation out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from freedive.protocol.figures import Figure
from freedive.protocol.findings import FoundFault
from freedive.protocol.wire import Wire

Dialect = Literal["torch", "np", "tf", "mxnet", "keras", "auto"]
Source = Annotated[str, StringConstraints(max_length=16_000)]
Watched = Annotated[str, StringConstraints(max_length=1_000)]
Number = float | Literal["nan", "inf", "-inf"]
"""A number; those that JSON lacks are text."""


class Look(Wire):
    """One result cell of one operation to be looked at closely, however large its tensors are."""

    op: Annotated[int, Field(ge=0)]
    """The operation's id in the trace of the same snippet."""
    cell: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=16)]
    """The place in the operation's first output, one index per axis."""


class EvaluateRequest(Wire):
    """A snippet and how to run it. The answer depends on nothing else, so equal requests have equal answers."""

    source: Source
    """The snippet: at most 16,000 characters."""
    setup: Source = ""
    """Runs first, in the same environment; neither traced nor shown."""
    dialect: Dialect = "auto"
    """`auto` recognises the dialect by imports and names."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Seed of every random generator in the run."""
    watch: Annotated[list[Watched], Field(max_length=64)] = []
    """Expressions evaluated after the run, each on its own."""
    session: bool = False
    """Statements run like notebook cells: one that fails does not stop the next."""
    trace: bool = True
    """Record every operation with its explanation."""
    long: bool = False
    """Run for up to a minute, after the usual seconds were not enough. Few such runs go on at once; the others wait."""
    look: Look | None = None
    """A cell to be told of in full: what it was made of, with the numbers around it. Without `trace` only that is answered."""


Told = Annotated[str, StringConstraints(max_length=40_000)]
"""A sentence of the lab, or what stands for a value: as much as a page can show."""
Printed = Annotated[str, StringConstraints(max_length=262_144)]
"""Printed text: what the lab allows, four times over."""
Status = Literal["ok", "rejected", "error", "limit", "crashed"]
"""How the run ended: well; not allowed in the lab; the snippet's own error; over a limit; its process died."""


# ------------------------------------------------------------ values
class Stats(Wire):
    """All elements of a tensor that is sent in part. `not_finite` counts nan and infinities."""

    min: Number | None = None
    max: Number | None = None
    mean: Number | None = None
    std: Number | None = None
    """With n - 1."""
    not_finite: int = 0
    finite_min: float | None = None
    finite_max: float | None = None


class Value(Wire):
    """Anything that a snippet can hold. `kind` says which of the fields count; see the seeds' agreed form."""

    kind: str
    """tensor, variable, ndarray, scalar, shape, dtype, device, type, int, float, bool, str, none, list, tuple, dict, set,
    dataframe, series, nn_module, function, module …"""
    data: Any = None
    """Nested lists, a plain value, or text; `nan` and infinities are text."""
    repr: Told = ""
    shape: list[int] | None = None
    dtype: str | None = None
    strides: list[int] | None = None
    """Steps along each axis, in elements."""
    offset: int | None = None
    contiguous: bool | None = None
    storage: int | None = None
    """Equal for all values that stand on the same memory."""
    nbytes: int | None = None
    requires_grad: bool | None = None
    is_leaf: bool | None = None
    grad_fn: str | None = None
    device: str | None = None
    version: int | None = None
    """How often it was changed in place."""
    parameter: bool = False
    tensor: int | None = None
    """Its id in the trace's `tensors`."""
    windowed: bool = False
    """Only the first elements along each axis are in `data`; `stats` is of all."""
    stats: Stats | None = None
    length: int | None = None
    items: list[Value] | None = None
    names: list[str] | None = None
    """Field names of a named result, such as values and indices."""
    columns: list[str] | None = None
    index: list[Any] | None = None
    dtypes: list[str] | None = None
    name: str | None = None
    parameters: list[Any] | None = None
    """Of a module: names and shapes of its parameters."""
    training: bool | None = None


class LabProblem(Wire):
    """An error of the snippet in Python's words. Line and column count from 1."""

    code: Literal["syntax", "refused", "error", "limit", "crashed"]
    reason: (
        Literal["wall", "cpu", "memory", "depth", "answer", "system_call", "process", "garbled", "lab"] | None
    ) = None
    """Where the run could not answer for itself: what ended it."""
    params: dict[str, str | int | float] = {}
    """The values in the message, so that a page can say it in another language."""
    type: Told
    """Class name."""
    mro_: Annotated[list[str], Field(alias="mro")]
    """Class names, most special first."""
    message: Told
    line: int | None = None
    column: int | None = None
    hint: Told | None = None
    """What to do, where the mistake is a known one."""


class StatementRecord(Wire):
    """One top-level statement: what it gave, printed and computed."""

    index: int
    line: int
    end_line: int
    source: str
    target: list[str]
    """What it assigned to."""
    value: Value | None
    """What an expression gives, or what an assignment's target held right after it."""
    output: Printed
    ops: list[int]
    error: LabProblem | None


class InnerStatement(Wire):
    """A statement in the body of another one (a with-block, a loop, a function), as it was when it last ran."""

    statement: int
    """Index of the top-level statement that was running."""
    line: int
    end_line: int
    target: list[str]
    """What it assigned to."""
    value: Value | None
    """What the target held after its last run."""
    runs: int
    """How often it ran."""


class WatchRecord(Wire):
    """One watched expression, evaluated after the run."""

    source: str
    value: Value | None
    error: LabProblem | None


# ------------------------------------------------------------ the trace
class OpRecord(Wire):
    """One operation. `explanation` has a `type` (elementwise, movement, reduction, contraction, window, creation, random,
    inplace, activation, loss …) and the fields of that type."""

    id: int
    name: str
    kind: str
    statement: int
    line: int | None = None
    span: list[int] | None = None
    """The expression that called it, in the answer's `source`: line, column, end line, column after; from 1, in characters."""
    run: int | None = None
    """Which run of the statement inside of another one it belongs to, from 1; absent in top-level statements."""
    inputs: list[int]
    """Tensor ids."""
    outputs: list[int]
    operands: list[dict[str, Any]] = []
    """What was passed, in the order written: `tensor` (an id), `value`, or `items` of these; `name` where it was named;
    `span` of its expression where that is more than a number or one of the tensor's `names`."""
    counterparts: dict[str, str] = {}
    """What the operation is called in the other dialects."""
    row: str | None = None
    """Its name among the functions of `/lab/functions`; null where none of them is this operation, whatever it is called."""
    error: str | None = None
    """Why it failed; then there are no outputs."""
    explanation: dict[str, Any] | None = None


class TensorRecord(Wire):
    """One tensor or array that an operation took or gave, as it was then. Only the first few hundred are told in full."""

    id: int
    kind: Literal["tensor", "ndarray"] = "tensor"
    shape: list[int]
    dtype: str
    strides: list[int] | None = None
    offset: int | None = None
    storage: int | None = None
    requires_grad: bool = False
    is_leaf: bool = True
    grad_fn: str | None = None
    version: int = 0
    names: list[str] = []
    """Names that point at it when the run is over."""
    statement: int
    data: Any = None
    windowed: bool = False
    stats: Stats | None = None
    grad: Any = None
    """The gradient that arrived at it in the last backward."""


class LookedFacet(Wire):
    """One matrix of a tensor: the part around the places that count, at one place along all axes that it does not show."""

    batch: list[int]
    """The place along the axes that are neither rows nor columns, in their order."""
    data: list[list[Number]]
    """Rows of numbers; large parts are rounded to six digits of their largest number."""
    grad: list[list[Number]] | None = None
    """Of the output the gradient that arrived in the last backward, of an input what this operation made of it."""


class LookedInput(Wire):
    """The part of one input, or of the output, that the looked-at cell has to do with."""

    tensor: int
    shape: list[int]
    """Of the whole tensor."""
    axes: Annotated[list[int | None], Field(min_length=2, max_length=2)]
    """The axes shown as rows and as columns; null where there is none, then that side has length 1."""
    origin: Annotated[list[int], Field(min_length=2, max_length=2)]
    """The row and the column of the whole matrix at which every facet's numbers begin."""
    facets: list[LookedFacet]
    """Those that the cell reaches into, in the order of its terms."""
    reaches: int
    """How many facets there are that it reaches into; more than were sent, where there are many."""
    picked: list[list[int]]
    """Places in the whole tensor that the cell is made of, in the order of the terms; outside of it in the padding. Of the
    output, the cell itself."""


class Looked(Wire):
    """What one result cell was made of."""

    op: int
    cell: list[int]
    inputs: list[LookedInput]
    """First those that have a number in every term, then those that are added once (a bias) or only stand by."""
    output: LookedInput
    terms: list[list[Number]]
    """One entry per term, with a number of each input that takes part."""
    products: list[Number]
    """What each term comes to, where its numbers are multiplied."""
    rest: Number | None = None
    """What the terms that were not sent add up to."""
    count: int
    """How many terms there are; more than were sent, where the sum is long."""
    how: Literal["sum", "max", "mean", "copy", "function"]
    """How the terms make the value."""
    value: Number
    equation: str | None = None
    """Of a product: a letter for each axis; letters that the result lacks are summed over."""


class StorageRecord(Wire):
    """Memory that tensors stand on."""

    nbytes: int
    tensors: list[int]
    names: list[str]


class GraphNode(Wire):
    """A node of the autograd graph. A `cut` is none of torch's own: a tensor made from what wanted a gradient that wants none
    itself, such as what `detach` gives; `name` is then the operation that made it."""

    id: int
    name: str
    kind: Literal["op", "leaf", "cut"]
    tensor: int | None = None
    shape: list[int] | None = None
    names: list[str] = []
    value: Any = None
    grad: Any = None
    grads: list[Any] | None = None
    """All gradients that arrived, where there were several backwards."""
    saved: list[dict[str, Any]] = []
    """What it keeps for backward: name, shape, value; or that it was freed."""


class GraphEdge(Wire):
    """From the node whose result is used to the node that uses it."""

    from_: Annotated[int, Field(alias="from")]
    to: int
    input: int
    output: int
    cut: bool = False
    """Numbers went along it forward, and no gradient comes back."""


class Graph(Wire):
    """The autograd graph behind what `backward` or `grad` was asked of."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]
    roots: list[int]
    cut: bool


class FunctionCurve(Wire):
    """Points of a function and of its derivative."""

    x: list[Number]
    y: list[Number]
    slope: list[Number] | None


class MendRecord(Wire):
    """What was mended in a pasted transcript, or what the lab does in its own way."""

    line: int
    what: str


class Answer(Wire):
    """What a snippet did."""

    status: Status
    dialect: str = "torch"
    source: str = ""
    """The snippet as it ran, after mending."""
    mended: list[MendRecord] = []
    remarks: list[MendRecord] = []
    """What is offered and does less here than elsewhere, each said once."""
    findings: list[FoundFault] = []
    """What is quietly wrong, and why what failed did."""
    statements: list[StatementRecord]
    inner: list[InnerStatement] = []
    """Statements inside of others, in the order of their lines."""
    ops: list[OpRecord]
    tensors: dict[str, TensorRecord]
    storages: dict[str, StorageRecord]
    graph: Graph | None
    curves: dict[str, FunctionCurve] = {}
    looked: Looked | None = None
    """What was asked for with `look`."""
    dropped: bool = False
    """Whether more happened than the trace could hold."""
    watch: list[WatchRecord]
    output: Printed
    plots: dict[str, int]
    figures: list[Figure] = []
    elapsed_ms: float
    error: LabProblem | None


class LabFunction(Wire):
    """One operation of the lab as the editor offers it."""

    name: str
    family: str
    """Which table it stands in: creation, elementwise, movement …"""
    kind: str
    """Which explanation it gets."""
    method: bool
    """May be called on a tensor."""
    function: bool
    """May be called as a function of torch."""
    others: dict[str, str]
    """Its name in the other dialects: np, tf, mx, keras."""
    example: str
    """A call that runs."""
    en: str
    zh: str
