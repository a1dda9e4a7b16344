"""Tensors on the wire: raw little-endian bytes with dtype and shape; in JSON a flat list of numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema, field_serializer, model_validator

from freedive.protocol.wire import Wire

DType = Literal["float32", "float64", "int32", "int64", "uint8", "uint16", "uint32", "bool"]


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise ValueError("tensor data must be bytes, or a list of numbers beside dtype and shape")


class TensorData(Wire):
    """A tensor in C order. With `lo` and `hi` the uint8 codes 0..255 stand for lo + code / 255 * (hi - lo)."""

    dtype: DType
    shape: list[int]
    data: Annotated[
        bytes,
        BeforeValidator(_to_bytes),
        WithJsonSchema({"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}}),
    ]
    lo: float | None = None
    hi: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _pack(cls, value: Any) -> Any:
        """Accept a list of numbers (JSON) in place of bytes."""
        if isinstance(value, dict) and isinstance(value.get("data"), list) and "dtype" in value:
            numbers = [float("nan") if n is None else n for n in value["data"]]
            return {
                **value,
                "data": np.asarray(numbers, dtype=np.dtype(value["dtype"]).newbyteorder("<")).tobytes(),
            }
        return value

    @field_serializer("data", when_used="json")
    def _numbers(self, data: bytes) -> list[float | None]:
        """JSON has no bytes, no NaN and no infinity: numbers in C order, null where not finite."""
        array = np.frombuffer(data, dtype=np.dtype(self.dtype).newbyteorder("<"))
        if array.dtype.kind != "f" or np.isfinite(array).all():
            numbers: list[float | None] = array.tolist()
            return numbers
        return [n if np.isfinite(n) else None for n in array.tolist()]

    def numpy(self) -> np.ndarray[Any, Any]:
        """The array, decoded to float64 where `lo` and `hi` are given."""
        array = np.frombuffer(self.data, dtype=np.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)
        if self.lo is None or self.hi is None:
            return array
        return self.lo + array.astype(np.float64) / 255.0 * (self.hi - self.lo)

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> TensorData:
        """Pack an array as it is."""
        array = np.ascontiguousarray(array)
        return cls.model_construct(dtype=array.dtype.name, shape=list(array.shape), data=array.tobytes())  # type: ignore[arg-type]

    @classmethod
    def picture(
        cls, array: np.ndarray[Any, Any], lo: float | None = None, hi: float | None = None
    ) -> TensorData:
        """Pack as uint8 codes between `lo` and `hi` (default: the finite extremes of the array)."""
        finite = array[np.isfinite(array)] if lo is None or hi is None else array
        low = float(finite.min()) if lo is None and finite.size else (lo or 0.0)
        high = float(finite.max()) if hi is None and finite.size else (hi or 0.0)
        scale = 255.0 / (high - low) if high > low else 0.0
        codes = np.clip(np.nan_to_num((array - low) * scale) + 0.5, 0, 255).astype(np.uint8)
        return cls.model_construct(
            dtype="uint8", shape=list(codes.shape), data=codes.tobytes(), lo=low, hi=high
        )
