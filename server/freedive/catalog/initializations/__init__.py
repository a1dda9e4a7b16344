"""Every way to set the first weights."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.initializations.kaiming import Kaiming
from freedive.catalog.initializations.normal import Normal
from freedive.catalog.initializations.torch_default import TorchDefault
from freedive.catalog.initializations.xavier import Xavier
from freedive.catalog.initializations.zeros import Zeros

Initialization = Annotated[TorchDefault | Normal | Xavier | Kaiming | Zeros, Field(discriminator="kind")]

__all__ = ["Initialization", "Kaiming", "Normal", "TorchDefault", "Xavier", "Zeros"]
