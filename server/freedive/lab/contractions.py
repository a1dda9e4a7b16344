"""Contractions explained: rows and columns, batch axes, einsum equations, windows, and what goes back to each input.

One cell's sum is written out by `looking`, which knows the tensors at any size.
"""

from __future__ import annotations

from typing import Any

from freedive.lab.products import LINEAR, Product, product_of
from freedive.lab.recorder import Record
from freedive.lab.windows import how_of, window_of

Json = dict[str, Any]


def explain_contraction(record: Record, deep: bool) -> Json | None:
    product = product_of(record)
    if product is not None:
        return _product(record, product)
    how = how_of(record.name)
    if how is not None:
        return _window(record, how)
    return {"type": "contraction", "shapes": [list(n.shape) for n in record.inputs], "result": _shape(record)}


def _shape(record: Record) -> list[int] | None:
    return list(record.outputs[0].shape) if record.outputs else None


def _product(record: Record, product: Product) -> Json:
    from freedive.lab.explanations import align

    added = product.added
    made: Json = {
        "type": "contraction",
        "equation": product.equation,
        "sizes": product.sizes,
        "summed": product.summed,
        "fits": product.fits,
        "operands": [note.id for note in product.operands],
        "added": None if added is None else added.id,
        "shapes": [list(note.shape) for note in (*product.operands, *([] if added is None else [added]))],
        "result": _shape(record),
    }
    if record.name in LINEAR:
        made["form"] = "x @ w.T" if added is None else "x @ w.T + b"
    if record.name != "einsum" and len(product.operands) == 2:
        left, right = (note.shape for note in product.operands)
        if record.name not in LINEAR and product.summed and max(len(left), len(right)) > 2:
            made["batch"] = align([left[:-2], right[:-2]])
        back = _backward(record.name in LINEAR, len(left), len(right), added is not None)
        if back is not None and product.summed:
            made["backward"] = back
    return made


def _backward(layer: bool, left: int, right: int, added: bool) -> list[str] | None:
    """The gradient of each operand as a product again; `g` stands for the result's."""
    if layer:
        return ["g @ w", "g.T @ x", *(["g.sum(0)"] if added else [])]
    if left == right == 1:
        return ["g * b", "g * a"]
    if right == 1:
        return ["outer(g, b)", "a.T @ g"] if left == 2 else None
    if left == 1:
        return ["b @ g", "outer(a, g)"] if right == 2 else None
    return ["g @ b.T", "a.T @ g"]


def _window(record: Record, how: str) -> Json:
    made: Json = {
        "type": "window",
        "reduce": how,
        "shapes": [list(note.shape) for note in record.inputs],
        "result": _shape(record),
    }
    window = window_of(record)
    if window is not None:
        made["operands"] = [note.id for note in (window.x, window.weight) if note is not None]
        made["added"] = None if window.bias is None else window.bias.id
        made.update(transposed=window.transposed, adaptive=window.adaptive, last=window.last)
        if not window.adaptive:
            made.update(
                kernel=window.kernel, stride=window.stride, padding=window.before, after=window.after,
                dilation=window.dilation, groups=window.groups,
            )  # fmt: skip
    return made
