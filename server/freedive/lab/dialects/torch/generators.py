"""torch.Generator: a source of random numbers of its own, with a seed."""

from __future__ import annotations

from typing import Any

import torch

from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.types import TypeRef, publish_type


class Source:
    """A generator on the CPU; only its seed can be asked and set."""

    def __init__(self, real: torch.Generator) -> None:
        self.real = real


def _seeded(source: Source, seed: Any) -> Source:
    source.real.manual_seed(int(seed))
    return source


class SourceKind(Kind):
    name = "generator"
    random_source = True

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "manual_seed": Native("manual_seed", _seeded),
            "initial_seed": Native("initial_seed", lambda s: s.real.initial_seed()),
            "device": Property(lambda s: s.real.device),
        }

    def type_name(self, value: Any) -> str:
        return "Generator"

    def native(self, value: Any) -> torch.Generator:
        real: torch.Generator = value.real
        return real

    def repr(self, value: Any) -> str:
        return "<torch._C.Generator object>"


register(SourceKind(), Source)


def _make(device: Any = "cpu") -> Source:
    if str(device).split(":")[0] != "cpu":
        raise RuntimeError("Cannot get CUDA generator without ATen_cuda library")
    return Source(torch.Generator())


def _manual_seed(seed: Any) -> Source:
    torch.manual_seed(int(seed))
    return Source(torch.default_generator)


def real(source: Any) -> torch.Generator | None:
    """The generator inside, or None for the run's own."""
    return source.real if isinstance(source, Source) else None


def load() -> None:
    TORCH.members["Generator"] = publish_type(TypeRef("Generator", Source, _make, module="torch"))
    TORCH.members["manual_seed"] = Native("manual_seed", _manual_seed)
    TORCH.members["random"].members["manual_seed"] = TORCH.members["manual_seed"]
