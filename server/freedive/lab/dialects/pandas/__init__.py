"""The pandas part of the NumPy dialect: real frames behind tables of allowed names, on text that the snippet gives."""

from __future__ import annotations


def load() -> None:
    from freedive.lab.dialects.pandas import functions

    functions.load()
