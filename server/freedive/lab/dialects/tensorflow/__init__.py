"""The TensorFlow 2 dialect: immutable eager tensors, variables and tapes over torch, with TensorFlow's strict dtypes."""

from __future__ import annotations


def load() -> None:
    from freedive.lab.dialects.tensorflow import datasets, functions, neural, tape, values

    values.load()
    functions.load()
    neural.load()
    tape.load()
    datasets.load()
