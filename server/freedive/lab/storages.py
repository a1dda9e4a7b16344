"""Who shares memory with whom: storage ids that are given once and never again, for tensors and for NumPy arrays."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import torch
from torch.multiprocessing import reductions

_weak: Any = reductions.StorageWeakRef


class Storages:
    """Gives each living storage an id from 0 up.

    A torch storage is known by the address of its C++ object; holding a weak reference keeps that address from being
    used again, so an id cannot be given twice. An array is known by the object that owns its memory.
    """

    def __init__(self) -> None:
        self.count = 0
        self.nbytes: dict[int, int] = {}
        self._torch: dict[int, tuple[Any, int]] = {}
        self._arrays: dict[int, tuple[weakref.ref[Any], int]] = {}

    def _new(self, nbytes: int) -> int:
        self.count += 1
        self.nbytes[self.count - 1] = nbytes
        return self.count - 1

    def of(self, value: Any) -> int | None:
        """The id of the storage that a tensor or array stands on; None where there is none to see."""
        if isinstance(value, torch.Tensor):
            return self.of_tensor(value)
        if isinstance(value, np.ndarray):
            return self.of_array(value)
        return None

    def of_tensor(self, value: torch.Tensor) -> int | None:
        try:
            storage = value.untyped_storage()
        except RuntimeError:  # sparse and functorch tensors have none
            return None
        key = storage._cdata
        found = self._torch.get(key)
        if found is None:
            found = (_weak(storage), self._new(storage.nbytes()))
            self._torch[key] = found
        return found[1]

    def of_array(self, value: np.ndarray[Any, Any]) -> int | None:
        owner: Any = value
        while isinstance(owner, np.ndarray) and owner.base is not None:
            owner = owner.base
        if isinstance(owner, torch.Tensor):
            return self.of_tensor(owner)
        try:
            reference = weakref.ref(owner)
        except TypeError:
            return None
        found = self._arrays.get(id(owner))
        if found is None or found[0]() is not owner:
            found = (reference, self._new(owner.nbytes if isinstance(owner, np.ndarray) else value.nbytes))
            self._arrays[id(owner)] = found
        return found[1]

    def join(self, tensor: torch.Tensor, array: np.ndarray[Any, Any]) -> None:
        """Say that a tensor made from an array stands on the array's memory."""
        number = self.of_array(array)
        if number is not None:
            storage = tensor.untyped_storage()
            self._torch[storage._cdata] = (_weak(storage), number)

    def pointer(self, value: Any) -> int:
        """What `data_ptr()` tells: equal exactly for the same first byte."""
        number = self.of(value) or 0
        if isinstance(value, torch.Tensor):
            offset = value.storage_offset() * value.element_size()
        else:
            owner = value
            while isinstance(owner.base, np.ndarray):
                owner = owner.base
            offset = value.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        return 94_000_000_000_000 + (number << 33) + int(offset)
