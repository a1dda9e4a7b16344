"""MXNet 1.x: nd, autograd, init, gluon and metric on torch, with its own rules.

Results of whole reductions have shape (1,), comparisons and argmax give float32, gradients are written and not added,
and nothing is recorded outside `autograd.record()`. Source: the MXNet 1.9 API reference.
"""


def load() -> None:
    """Publish every namespace."""
    from freedive.lab.dialects.mxnet import (
        functions,
        gluon,
        names,
        operations,
        recurrent,
        schedules,
        training,
    )

    functions.load()
    operations.load()
    gluon.load()
    recurrent.load()
    training.load()
    schedules.load()
    names.load()
