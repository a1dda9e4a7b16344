"""What the other libraries say of gradients: an unwatched tensor, a tape used twice, a backward that nothing recorded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from freedive.lab.findings.evidence import Evidence, number_text, tensors, values
from freedive.lab.findings.finding import Example, Finding, rule
from freedive.lab.findings.losses import sums_to_one
from freedive.lab.notes import Moment, Note

TF = "import tensorflow as tf\n"
TAPE = "with tf.GradientTape() as tape:\n"
KERAS = "import keras, numpy as np\nx, y = np.ones((4, 2)), np.array([0, 1, 2, 0])\n"
MX = "from mxnet import nd, autograd\nx = nd.array([1., 2.])\nx.attach_grad()\n"


def _source(run: Evidence, moment: Moment) -> str:
    """What the source of a gradient is called: the tensor's name, or the second argument of tape.gradient."""
    note = run.note(moment.value)
    if note is not None and note.names:
        return note.names[0]
    for name, value in run.names.items():
        if getattr(value, "t", None) is moment.value:
            return name
    node = moment.at
    if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Name):
        return node.args[1].id
    return "the source"


@rule(
    "tape-without-gradient",
    "warning",
    Example(
        TF + "x = tf.constant(3.0)\n" + TAPE + "    y = x * x\ng = tape.gradient(y, x)  # <-",
        ("x is a constant", "tape.watch(x)", "tf.Variable"),
        TF + "x = tf.constant(3.0)\n" + TAPE + "    tape.watch(x)\n    y = x * x\ng = tape.gradient(y, x)",
    ),
    Example(
        TF + "x = tf.Variable(3)\n" + TAPE + "    y = x * x\ng = tape.gradient(y, x)  # <-",
        ("whole numbers", "int32", "tf.float32"),
        TF + "x = tf.Variable(3.)\n" + TAPE + "    y = x * x\ng = tape.gradient(y, x)",
    ),
    Example(
        TF + "x = tf.Variable(3.0)\ny = x * x\n" + TAPE + "    z = y * 2\ng = tape.gradient(z, x)  # <-",
        ("not computed from x", "inside of the tape"),
        TF + "x = tf.Variable(3.0)\n" + TAPE + "    y = x * x\n    z = y * 2\ng = tape.gradient(z, x)",
    ),
    Example(
        TF + "x = tf.Variable(3.0, trainable=False)\n" + TAPE + "    y = x * x\ng = tape.gradient(y, x)  # <-",
        ("trainable=False", "tape.watch(x)"),
        TF + "x = tf.Variable(3.0, trainable=False)\n" + TAPE + "    tape.watch(x)\n    y = x * x\ng = tape.gradient(y, x)",
    ),
)  # fmt: skip
def no_gradient(run: Evidence) -> Iterator[Finding]:
    """tape.gradient gives None."""
    for moment in run.seen("no gradient"):
        why, is_variable, _ = moment.more
        name = _source(run, moment)
        if why == "integer":
            dtype = str(moment.value.dtype).removeprefix("torch.")
            cause = f"{name} holds whole numbers ({dtype}), and whole numbers cannot move a little: there is no gradient"
            mend = "make it of floats: write 3. for 3, or tf.cast(x, tf.float32) inside of the tape"
        elif why == "frozen":
            cause = f"{name} was made with trainable=False, and a tape watches by itself only what is trainable: the gradient is None"
            mend = f"ask for it: tape.watch({name}) inside of the tape"
        elif why == "off":
            cause = f"the tape was made with watch_accessed_variables=False, so it watches only what it is told to, and {name} is not among it: the gradient is None"
            mend = f"ask for it: tape.watch({name}) inside of the tape"
        elif why == "unwatched" and not is_variable:
            cause = f"{name} is a constant, and a tape watches by itself only variables: the gradient is None"
            mend = f"call tape.watch({name}) first inside of the tape, or make it a tf.Variable"
        else:
            cause = f"what was recorded is not computed from {name}: the gradient is None"
            mend = f"compute everything from {name} to the target inside of the tape, without .numpy() and without assigning in between"
        yield Finding(cause, mend, moment)


@rule(
    "tape-used-twice",
    "warning",
    Example(
        TF + "x = tf.Variable(3.0)\n" + TAPE + "    y = x * x\ng = tape.gradient(y, x)\nh = tape.gradient(y, x)  # <-",
        ("gives up what it recorded", "persistent=True", "[a, b]"),
        TF + "x = tf.Variable(3.0)\nwith tf.GradientTape(persistent=True) as tape:\n    y = x * x\ng = tape.gradient(y, x)\nh = tape.gradient(y, x)",
    ),
)  # fmt: skip
def tape_twice(run: Evidence) -> Iterator[Finding]:
    """A tape that is asked a second time."""
    for failure in run.failed("non-persistent GradientTape"):
        yield Finding(
            "a tape gives up what it recorded once it has been asked, to free the memory",
            "ask for all gradients at once, tape.gradient(y, [a, b]), or make it with tf.GradientTape(persistent=True)",
            failure.line,
            None,
            failure,
        )


@rule(
    "not-recorded",
    "warning",
    Example(
        MX + "y = x * x\ny.backward()  # <-",
        ("outside of autograd.record()", "with autograd.record():"),
        MX + "with autograd.record():\n    y = x * x\ny.backward()",
    ),
)
def not_recorded(run: Evidence) -> Iterator[Finding]:
    """MXNet's backward of what was computed outside of `record`."""
    for failure in run.failed("it is not in a computational graph"):
        if "twice" in failure.text:
            yield Finding(
                "an earlier backward has gone back through this already and freed the values that it needed",
                "compute it anew under autograd.record(), or pass retain_graph=True to the first backward",
                failure.line,
                None,
                failure,
            )
            continue
        yield Finding(
            "MXNet notes for backward only what runs under autograd.record(), and this was computed outside of autograd.record(), or from no array with attach_grad()",
            "compute it inside of with autograd.record():, from arrays that attach_grad() was called on",
            failure.line,
            None,
            failure,
        )


SCORED = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy")
ACTIVATIONS = ("softmax", "sigmoid")


@rule(
    "from-logits",
    "warning",
    Example(
        KERAS + "m = keras.Sequential([keras.layers.Dense(3, activation='softmax')])\n"
        "m.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer='sgd')\nh = m.fit(x, y, epochs=1, verbose=0)  # <-",
        ("from_logits=True", "softmax", "twice", "leave out"),
        KERAS + "m = keras.Sequential([keras.layers.Dense(3)])\n"
        "m.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer='sgd')\nh = m.fit(x, y, epochs=1, verbose=0)",
    ),
    Example(
        KERAS + "m = keras.Sequential([keras.layers.Dense(3)])\nm.compile(loss='sparse_categorical_crossentropy', optimizer='sgd')\n"
        "h = m.fit(x, y, epochs=1, verbose=0)  # <-",
        ("probabilities", "from_logits=True"),
        KERAS + "m = keras.Sequential([keras.layers.Dense(3, activation='softmax')])\nm.compile(loss='sparse_categorical_crossentropy', optimizer='sgd')\n"
        "h = m.fit(x, y, epochs=1, verbose=0)",
    ),
)  # fmt: skip
def logits(run: Evidence) -> Iterator[Finding]:
    """A loss of Keras that is told the wrong thing about its predictions."""
    for record in run.ops(*SCORED):
        given = tensors(record)
        if len(given) < 2:
            continue
        scores, told = given[1], bool(record.kwargs.get("from_logits"))
        maker = run.through(scores, "movement", "indexing")
        numbers = values(scores)
        name = record.name
        if told and maker is not None and maker.name in ACTIVATIONS:
            activation = maker.name
            yield Finding(
                f"from_logits=True makes the loss apply {activation} itself, and the predictions went through {activation} already: it is applied twice",
                f"leave out the {activation} of the last layer, or leave out from_logits=True",
                record,
            )
        elif not told and numbers is not None and numbers.dim() and numbers.is_floating_point():
            outside = bool(((numbers < -1e-4) | (numbers > 1 + 1e-4)).any())
            shares = name == "binary_crossentropy" or sums_to_one(numbers, -1)
            made = maker is not None and maker.op.kind in ("contraction", "elementwise") and maker.name not in ACTIVATIONS  # fmt: skip
            if outside or (not shares and made and name != "binary_crossentropy"):
                low, high = number_text(float(numbers.min())), number_text(float(numbers.max()))
                yield Finding(
                    f"{name} takes probabilities unless it is told otherwise; the predictions go from {low} to {high} and are cut off at 0 and 1",
                    "give the loss from_logits=True, or the last layer a softmax (for yes or no: a sigmoid)",
                    record,
                )


@rule(
    "softmax-before-softmax-loss",
    "warning",
    Example(
        "from mxnet import nd, gluon\nz = nd.array([[2., 0.], [0., 2.]])\np = nd.softmax(z)\nloss = gluon.loss.SoftmaxCrossEntropyLoss()(p, nd.array([0, 1]))  # <-",
        ("applies softmax itself", "line 3"),
        "from mxnet import nd, gluon\nz = nd.array([[2., 0.], [0., 2.]])\nloss = gluon.loss.SoftmaxCrossEntropyLoss()(z, nd.array([0, 1]))",
    ),
)  # fmt: skip
def gluon(run: Evidence) -> Iterator[Finding]:
    """Gluon's and TensorFlow's losses on scores are given probabilities."""
    for record in run.ops(
        "SoftmaxCrossEntropyLoss", "softmax_cross_entropy_with_logits", "sparse_softmax_cross_entropy_with_logits"
    ):  # fmt: skip
        at = int(record.name.endswith("_with_logits"))  # TensorFlow's take the labels first
        named = record.kwargs.get("logits")
        for note in [named] if isinstance(named, Note) else tensors(record)[at : at + 1]:
            maker = run.through(note, "movement", "indexing")
            if maker is not None and maker.name == "softmax" and note.requires_grad is not None:
                line = run.line(maker)
                yield Finding(
                    f"this loss applies softmax itself, and what it is given went through the softmax on line {line}: it is applied twice",
                    "give it the scores before softmax",
                    record,
                )
