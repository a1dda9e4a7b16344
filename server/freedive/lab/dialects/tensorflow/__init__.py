"""The TensorFlow 2 dialect: immutable eager tensors, variables and tapes over torch, with TensorFlow's strict dtypes."""

from __future__ import annotations

from types import FunctionType

from freedive.lab.kinds import Native
from freedive.lab.namespaces import Namespace


def load() -> None:
    from freedive.lab.dialects.tensorflow import (
        datasets,
        functions,
        neural,
        ragged,
        sparse,
        tape,
        texts,
        values,
    )
    from freedive.lab.dialects.tensorflow.namespaces import TF

    values.load()
    functions.load()
    neural.load()
    tape.load()
    datasets.load()
    texts.load()
    ragged.load()
    sparse.load()
    _name_functions(TF)


def _name_functions(space: Namespace) -> None:
    """Errors of a call tell the function's own name, not that of what stands behind it."""
    for name, member in space.members.items():
        if isinstance(member, Native) and isinstance(member.function, FunctionType):
            member.function.__qualname__ = member.name
        elif isinstance(member, Namespace) and name not in ("keras",):
            _name_functions(member)
