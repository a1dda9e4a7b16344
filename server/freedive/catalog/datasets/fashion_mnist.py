"""Fashion-MNIST: pieces of clothing. Fetched when first asked for."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from freedive.catalog.datasets.fetching import fetch
from freedive.catalog.datasets.images import ImageSet
from freedive.catalog.datasets.store import DataStore


class FashionMnist(ImageSet):
    """70,000 pieces of clothing, gray, 28 x 28 (Xiao, Rasul and Vollgraf, 2017; MIT); 31 MB, fetched once."""

    kind: Literal["fashion-mnist"] = "fashion-mnist"

    title: ClassVar[dict[str, str]] = {"en": "Fashion-MNIST", "zh": "Fashion-MNIST 服饰"}
    about: ClassVar[dict[str, str]] = {
        "en": "70,000 pictures of clothing; fetched once, 31 MB.",
        "zh": "七万张服饰图片；首次使用时下载，31 MB。",
    }
    class_names = (
        "T-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    )
    pixel_mean = 0.2860
    pixel_std = 0.3530
    sources = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    )
    sha256: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }

    def folder(self, store: DataStore) -> Path:
        """Where the files are, after they were fetched if need be."""
        return fetch("fashion-mnist", self.sha256, self.sources, store)
