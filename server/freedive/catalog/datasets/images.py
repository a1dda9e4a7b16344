"""ImageSet: the base of MNIST and its kin, 60,000 + 10,000 gray pictures of 28 x 28 in IDX files."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code, source
from freedive.catalog.datasets import scripted
from freedive.catalog.datasets.data import Data, DataOutline, Examples
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
TRAIN, TEST = 60_000, 10_000


class ImageSet(Choice):
    """Pictures of ten classes. The last of the 60,000 are the validation split; the official 10,000 are the test split.

    Splits do not depend on the seed, and slices of the files are not copied.
    """

    validation_size: Annotated[int, Field(ge=100, le=30_000)] = 5000
    """Pictures kept back from training, the last of the 60,000."""
    limit: Annotated[int, Field(ge=100, le=59_900)] | None = None
    """Train on so many pictures only, the first of the file; null is all."""
    standardize: bool = True
    """Subtract the mean of all training pixels and divide by their standard deviation; otherwise divide by 255."""

    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})
    class_names: ClassVar[tuple[str, ...]]
    pixel_mean: ClassVar[float]
    """Mean of all training pixels, 0..1."""
    pixel_std: ClassVar[float]
    sources: ClassVar[tuple[str, ...]]
    """Folders of .gz files on the web, in the order to be tried."""
    sha256: ClassVar[dict[str, str]]
    """Of each decoded file."""

    @property
    def task(self) -> Task:
        """Ten classes."""
        return "multiclass"

    def folder(self, store: DataStore) -> Path:
        """Where the .gz files (or the decoded ones) lie, once they are there. Raises DataUnavailable."""
        raise TypeError(f"{type(self).__name__} has no files")

    def outline(self, store: DataStore) -> DataOutline:
        """Sizes and shapes, without opening a file."""
        rest = TRAIN - self.validation_size
        return DataOutline(
            task=self.task,
            input_shape=(1, 28, 28),
            outputs=10,
            classes=self.class_names,
            features=(),
            train_size=min(rest, self.limit or rest),
            validation_size=self.validation_size,
            test_size=TEST,
        )

    def scale(self) -> tuple[float, float]:
        """What is subtracted from a pixel of 0..255, and what divides it."""
        return (255 * self.pixel_mean, 255 * self.pixel_std) if self.standardize else (0.0, 255.0)

    def load(self, seed: int, store: DataStore) -> Data:
        """Read the files and standardize. Raises DataUnavailable."""
        import torch

        folder = self.folder(store)
        images, labels, test_images, test_labels = (
            torch.from_numpy(read_idx(packed_or_plain(folder / name))) for name in FILES
        )
        mean, std = self.scale()
        size = self.outline(store).train_size

        def examples(pictures: Tensor, targets: Tensor) -> Examples:
            raw = pictures[:, None]  # (n, 1, 28, 28)
            return Examples(raw.float().sub_(mean).div_(std), targets.long(), raw)

        return Data(
            task=self.task,
            classes=self.class_names,
            features=(),
            train=examples(images[:size], labels[:size]),
            validation=examples(images[-self.validation_size :], labels[-self.validation_size :]),
            test=examples(test_images, test_labels),
            mean=torch.tensor(mean),
            std=torch.tensor(std),
        )

    def code(self) -> Code:
        """A function `load_data(seed)` that finds the files, or fetches them once, and returns the three splits."""
        mean, std = self.scale()
        rest = TRAIN - self.validation_size
        size = min(rest, self.limit or rest)
        load_data = f'''def load_data(seed):
    """The three splits as (inputs, targets); the seed does not matter, the splits are fixed."""
    images, labels, test_images, test_labels = (torch.from_numpy(read_idx(file_of({self.kind!r}, name, SOURCES, SHA256[name]))) for name in FILES)

    def ready(pictures):
        return pictures[:, None].float().sub_({mean!r}).div_({std!r})

    return [
        (ready(images[:{size}]), labels[:{size}].long()),
        (ready(images[-{self.validation_size}:]), labels[-{self.validation_size}:].long()),
        (ready(test_images), test_labels.long()),
    ]'''
        return Code(
            imports=(*scripted.IMPORTS, "from typing import Any", "import numpy as np", "import torch"),
            definitions=(
                f"FILES = {FILES!r}\nSOURCES = {self.sources!r}\nSHA256 = {self.sha256!r}",
                source(scripted.places_of),
                source(scripted.file_of),
                source(read_idx),
                load_data,
            ),
            expression="load_data(seed)",
        )


def packed_or_plain(path: Path) -> Path:
    """`path` with .gz added where only that exists."""
    packed = path.with_name(f"{path.name}.gz")
    return packed if packed.exists() else path


def read_idx(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """An IDX file of bytes, gzipped or not, as an array: two zero bytes, 8 (uint8), rank, sizes, then the values."""
    import numpy as np

    content = bytearray(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    if content[:3] != b"\0\0\x08":
        raise ValueError(
            f"{path} is not an IDX file of bytes: expected it to begin 00 00 08, found {content[:3].hex(' ')}"
        )
    rank = content[3]
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * rank).reshape(shape)
