"""Code: an entry as plain torch source, from which the script of a job is put together."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Code:
    """Source text that needs no Freedive.

    The expression may use names the script has by then: `seed`, `model`, `optimizer`, `total_steps`,
    `steps_per_epoch`. Equal imports and definitions of several entries are written once.
    """

    imports: tuple[str, ...]
    """Whole import statements."""
    definitions: tuple[str, ...]
    """Functions and constants at the top level, in order."""
    expression: str


def source(function: Callable[..., Any]) -> str:
    """The text of a function, so that the script computes the very same numbers.

    Its own imports of torch and NumPy are left out: here they keep the web process light, a script has them on top.
    """
    text = textwrap.dedent(inspect.getsource(function)).rstrip()
    return re.sub(
        r"^    (import torch|import numpy as np|from torch import nn)\n\n?", "", text, flags=re.MULTILINE
    )
