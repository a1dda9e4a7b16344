"""Values as the answer shows them. `Encoder` turns anything a snippet can hold into a JSON-ready `Value`."""

from __future__ import annotations

from typing import Any

from freedive.lab import arrays
from freedive.lab.kinds import kind_of
from freedive.lab.running import running
from freedive.lab.storages import Storages

DEEPEST = 8
MOST_ITEMS = 2_000
LONGEST_REPR = 4_000
MOST_READ = 40_000_000
"""Elements that are read for statistics; a list may name the same large tensor a thousand times."""


class Encoder:
    """Encodes values; `storages` gives the ids that tell who shares memory."""

    def __init__(self, storages: Storages) -> None:
        self.storages = storages
        self.left = running.budget.numbers
        self.written = 1_000
        """Elements up to which a tensor's text is sent beside its numbers."""
        self.read = 0
        self._path: list[int] = []

    def value(self, value: Any) -> dict[str, Any]:
        if id(value) in self._path or len(self._path) >= DEEPEST:
            return {"kind": "object", "repr": "..."}
        self._path.append(id(value))
        try:
            return kind_of(value).encode(value, self)
        finally:
            self._path.pop()

    def number(self, value: Any) -> Any:
        return arrays.number(value)

    def clip(self, text: str) -> str:
        most = LONGEST_REPR if len(self._path) < 2 else 200
        return text if len(text) <= most else text[: most - 1] + "…"

    def container(self, kind: str, items: Any) -> dict[str, Any]:
        # an item costs about three times what a bare number costs
        most = min(MOST_ITEMS, max(16 if self.left > -20_000 else 2, self.left // 3))
        shown = list(items[:most]) if len(items) > most else list(items)
        self.left -= 3 * len(shown)
        made: dict[str, Any] = {
            "kind": kind,
            "length": len(items),
            "items": [self.value(item) for item in shown],
        }
        if len(shown) < len(items):
            made["windowed"] = True
        return made

    def mapping(self, mapping: Any) -> dict[str, Any]:
        keys = list(mapping)[:MOST_ITEMS]
        return {
            "kind": "dict",
            "length": len(mapping),
            "data": [key if isinstance(key, str) else kind_of(key).repr(key) for key in keys],
            "items": [self.value(mapping[key]) for key in keys],
        }

    def numbers(self, value: Any) -> dict[str, Any]:
        """The fields that a tensor and an array have in common."""
        count = arrays.count_of(value)
        made: dict[str, Any] = {
            "shape": list(value.shape),
            "dtype": arrays.dtype_name(value),
            "strides": arrays.strides_of(value),
            "storage": self.storages.of(value),
            "nbytes": count * (value.element_size() if isinstance(value, arrays.Tensor) else value.itemsize),
        }
        if count <= arrays.WINDOW and self.left > 0:
            made["data"] = arrays.plain(value)
            self.left -= count
        else:
            made["windowed"] = True
            self.read += count
            if self.read <= MOST_READ:
                made["stats"] = arrays.stats(value)
            made["data"] = arrays.plain(arrays.window(value, arrays.WINDOW if self.left > 0 else 16))
            self.left -= min(count, arrays.WINDOW)
        return made
