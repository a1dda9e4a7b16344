"""Digits: 1,797 small handwritten digits (UCI; scikit-learn's copy)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.code import source
from freedive.catalog.datasets.samples import Drawing, Facts, Samples
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def digits() -> tuple[Tensor, Tensor]:
    """Pictures (1797, 1, 8, 8) uint8, gray values 0..16 spread over 0..255, and classes (1797,)."""
    import torch
    from sklearn.datasets import load_digits

    table = load_digits()
    pictures = torch.from_numpy(table.images).float() * (255 / 16)
    return pictures.round().to(torch.uint8)[:, None], torch.from_numpy(table.target).long()


class Digits(Samples):
    """1,797 handwritten digits, gray, 8 x 8: pictures that train within a second."""

    kind: Literal["digits"] = "digits"
    standardize: bool = False
    """Subtract the mean of each pixel and divide by its standard deviation; otherwise divide by 255."""

    title: ClassVar[dict[str, str]] = {"en": "Small digits", "zh": "小型手写数字"}
    about: ClassVar[dict[str, str]] = {
        "en": "1,797 handwritten digits of 8 x 8 pixels.",
        "zh": "1797 张 8×8 像素的手写数字。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})
    image_shape = (1, 8, 8)

    @property
    def task(self) -> Task:
        """Ten classes."""
        return "multiclass"

    def facts(self, store: DataStore) -> Facts:
        """Number of pictures and the ten digits."""
        return Facts(1797, tuple("0123456789"), ())

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """All pictures; nothing is random."""
        return digits()

    def drawing(self) -> Drawing:
        """The loader."""
        return Drawing((), (source(digits),), ("raw, targets = digits()",))
