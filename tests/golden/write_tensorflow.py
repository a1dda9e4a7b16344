"""Writes what the real TensorFlow and Keras say to the snippets in `tensorflow.txt` and `keras.txt`, as figures for the lab.

`python tests/golden/write_tensorflow.py` where tensorflow is installed; it is no part of the project's environment.
Figures that are there are kept; delete the file to write all anew.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import json
import os
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SETUP = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
x = tf.constant([[1., -2., 3.], [4., 5., -6.]])
i = tf.constant([[1, 2, 3], [4, 5, 6]])
v = tf.constant([1., 2., 3.])
b = tf.constant([True, False, True])
"""
"""Names that every snippet finds."""
PRINT: Any = None
"""tf.print as it came, which writes past sys.stdout."""


def snippets(text: str) -> list[tuple[str, str]]:
    """Family and source: under `[name]` each line is a snippet, under `[[name]]` each paragraph."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"^(?=\[\[?\w+\]\]?$)", text, flags=re.M):
        head, _, body = part.partition("\n")
        family = head.strip("[]\n ")
        if family:
            cut = re.split(r"\n\s*\n", body) if head.startswith("[[") else body.split("\n")
            found += [(family, source.strip("\n")) for source in cut if source.strip()]
    return found


def told(value: Any) -> Any:
    """A value as plain JSON: what a learner sees of it."""
    import numpy as np

    tf: Any = import_module("tensorflow")

    if isinstance(value, tf.Tensor | tf.Variable | np.ndarray | np.generic):
        array = value.numpy() if isinstance(value, tf.Tensor | tf.Variable) else value
        kind = "variable" if isinstance(value, tf.Variable) else "tensor" if isinstance(value, tf.Tensor) else "scalar" if isinstance(value, np.generic) else "ndarray"  # fmt: skip
        made = np.asarray(array)
        numbers = made.dtype.kind in "fiub"
        return {
            "kind": kind,
            "dtype": value.dtype.name,
            "shape": list(made.shape),
            **({"data": np.where(np.isfinite(made), made, 0).tolist()} if numbers else {}),
        }
    if isinstance(value, list | tuple):
        return {"kind": "list", "items": [told(each) for each in value]}
    if isinstance(value, dict):
        return {"kind": "dict", "keys": list(map(str, value)), "items": [told(e) for e in value.values()]}
    if isinstance(value, bool | int | float | str) or value is None:
        return {"kind": type(value).__name__, "data": value}
    return {"kind": "other"}


def first_line(error: BaseException) -> str:
    """The message's first line, without the kernel's address."""
    lines = str(error).strip().split("\n")
    return re.sub(r"\{\{function_node .*?\}\} ?", "", lines[0]).strip()


def run(source: str) -> dict[str, Any]:
    """What one snippet gives in the real libraries: its last value, what it printed, or its error."""
    import random

    import numpy as np

    tf: Any = import_module("tensorflow")

    global PRINT
    PRINT = PRINT or tf.print
    names: dict[str, Any] = {}
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(0)
    exec(SETUP, names)
    random.seed(0)
    np.random.seed(0)
    made: dict[str, Any] = {}
    # tf.function reads the source of what it compiles, so it must stand in a file
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(source)
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    output = io.StringIO()
    printed = Path(file.name).with_suffix(".out")
    printed.touch()
    tf.print = functools.partial(PRINT, output_stream=f"file://{printed}")
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(tree, file.name, "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), file.name, "eval"), names)  # type: ignore[attr-defined]
                if value is not None:
                    made = {"value": told(value), "repr": repr(value)}
    except Exception as error:
        made = {"error": {"type": type(error).__name__, "line": first_line(error)}}
    output.write(printed.read_text())
    os.unlink(file.name)
    printed.unlink()
    if output.getvalue():
        made["output"] = output.getvalue()
    return made


def main() -> None:
    """Write the figures of one file of snippets, or of both."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras: Any = import_module("keras")
    tf: Any = import_module("tensorflow")

    for name in sys.argv[1:] or ("tensorflow", "keras"):
        path = HERE / f"{name}.json"
        known = {r["source"]: r for r in json.loads(path.read_text())["snippets"]} if path.exists() else {}
        rows = [
            {**(known.get(source) or {"source": source, **run(source)}), "family": family}
            for family, source in snippets((HERE / f"{name}.txt").read_text())
        ]
        versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        head = f'"versions": {json.dumps(versions)}, "setup": {json.dumps(SETUP)}'
        text = f'{{{head}, "snippets": [\n{lines}\n]}}\n'
        path.write_text(text)
        print(f"{name}: {len(rows)} snippets, {sum('error' in row for row in rows)} of them errors")


if __name__ == "__main__":
    main()
