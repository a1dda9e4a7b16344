"""The dialects: which names a snippet may import, and how each framework's values behave.

To add a dialect: a package here whose modules (1) register a `Kind` for each of its value types (`lab/kinds.py`), (2)
publish its namespaces (`importing.publish`) filled with `Op`s and `Native`s, and (3) are imported by `load` below. An
operation on its tensors unwraps them to torch tensors, goes through an `Op` (the door: limits and trace), and wraps the
result again. Functions come from the tables in `lab/tables/`, where each row also names its counterparts.
"""

from __future__ import annotations

import re
from typing import Any

from freedive.lab.importing import MODULES, connect
from freedive.lab.kinds import kind_of

_IMPORTS = (
    (
        "keras",
        r"^\s*(?:import|from)\s+(?:keras|tensorflow\.keras)\b|^\s*from\s+tensorflow\s+import\s+keras\b",
    ),
    ("tf", r"^\s*(?:import|from)\s+tensorflow\b"),
    ("mxnet", r"^\s*(?:import|from)\s+mxnet\b"),
    ("torch", r"^\s*(?:import|from)\s+torch\b"),
    ("np", r"^\s*(?:import|from)\s+(?:numpy|pandas)\b"),
)
_NAMES = (
    ("keras", r"\bkeras\."),
    ("tf", r"\btf\."),
    ("mxnet", r"\b(?:nd|mx|gluon)\."),
    ("torch", r"\b(?:torch|nn|F)\."),
    ("np", r"\b(?:np|pd)\."),
)

_ALIASES = {
    "torch": {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"},
    "np": {"np": "numpy", "pd": "pandas"},
    "tf": {"tf": "tensorflow"},
    "keras": {"keras": "keras", "tf": "tensorflow"},
    "mxnet": {"nd": "mxnet.nd", "mx": "mxnet", "autograd": "mxnet.autograd", "gluon": "mxnet.gluon"},
}


def recognize(dialect: str, source: str) -> str:
    """The dialect asked for; for `auto` the one that imports, then names, give away."""
    if dialect in _ALIASES:
        return dialect
    for patterns, flags in ((_IMPORTS, re.M), (_NAMES, 0)):
        for name, pattern in patterns:
            if re.search(pattern, source, flags):
                return name
    return "torch"


def start_names(dialect: str) -> dict[str, Any]:
    """Names that are there without an import: the dialect's own usual ones, and NumPy's."""
    load()
    wanted = {**_ALIASES["np"], **_ALIASES[dialect]}
    return {name: MODULES[module] for name, module in wanted.items() if module in MODULES}


_loaded = False


def load() -> None:
    """Fill the tables, once."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    from freedive.lab.dialects import keras, mxnet, numpy, pandas, standard, tensorflow, torch

    standard.load()
    torch.load()
    numpy.load()
    pandas.load()
    tensorflow.load()
    keras.load()
    mxnet.load()
    connect()


__all__ = ["kind_of", "load", "recognize", "start_names"]
