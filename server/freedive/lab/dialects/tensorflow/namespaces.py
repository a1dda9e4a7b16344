"""The namespaces that the modules of this dialect fill."""

from __future__ import annotations

from freedive.lab.namespaces import Namespace

TF = Namespace("tensorflow", version="2.21.0", doc="TensorFlow 2, eager.")
MATH = Namespace("tensorflow.math", doc="Functions of numbers.")
LINALG = Namespace("tensorflow.linalg", doc="Linear algebra.")
RANDOM = Namespace("tensorflow.random", doc="Random tensors.")
