"""The NumPy dialect: real arrays behind tables of allowed names."""

from __future__ import annotations


def load() -> None:
    from freedive.lab.dialects.numpy import building, extras, functions, polynomials, random

    functions.load()
    random.load()
    building.load()
    extras.load()
    polynomials.load()
