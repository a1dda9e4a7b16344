"""What is there in every dialect: a little of the standard library, and drawing."""

from __future__ import annotations


def load() -> None:
    from freedive.lab.dialects.standard import drawing, library

    library.load()
    drawing.load()
