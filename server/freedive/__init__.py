"""Freedive: a visual playground for deep learning that shows the real torch computation."""

__version__ = "0.1.0"
