"""MNIST: handwritten digits. The files travel with the package (see frontend/hatch_build.py)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from freedive.catalog.datasets.images import FILES, ImageSet
from freedive.catalog.datasets.store import DataStore
from freedive.errors import DataUnavailable


class Mnist(ImageSet):
    """70,000 handwritten digits, gray, 28 x 28 (LeCun, Cortes and Burges, 1998; CC BY-SA 3.0)."""

    kind: Literal["mnist"] = "mnist"

    title: ClassVar[dict[str, str]] = {"en": "MNIST", "zh": "MNIST 手写数字"}
    about: ClassVar[dict[str, str]] = {
        "en": "70,000 handwritten digits; comes with the package.",
        "zh": "七万张手写数字图片，随软件包附带。",
    }
    class_names = tuple("0123456789")
    pixel_mean = 0.1307
    pixel_std = 0.3081
    sources = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    sha256: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }

    def folder(self, store: DataStore) -> Path:
        """The packaged files, or in a checkout the npm package they are made of."""
        packaged = store.packaged / "mnist"
        if all((packaged / f"{name}.gz").exists() for name in FILES):
            return packaged
        if all((store.checkout / name).exists() for name in FILES):
            return store.checkout
        raise DataUnavailable(
            f"MNIST should have come with the package, but its four files are neither in {packaged} nor in {store.checkout}",
            position="dataset",
            hint="Run `python frontend/hatch_build.py` in the checkout, or install the package again.",
        )
