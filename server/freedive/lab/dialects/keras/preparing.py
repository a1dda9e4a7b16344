"""Layers that prepare data: resizing, turning, one-hot, bins, and words as numbers."""

from __future__ import annotations

import re
from typing import Any

import torch

from freedive.lab.dialects.keras.layer import Layer
from freedive.lab.dialects.tensorflow.datasets import Dataset
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.dialects.tensorflow.texts import text_of
from freedive.lab.door import Op
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor


class Resizing(Layer):
    def __init__(self, height: int, width: int, interpolation: str = "bilinear", **kwargs: Any) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if k in ("name", "dtype")})
        self.size, self.method = (int(height), int(width)), interpolation

    def forward(self, x: Any, training: bool) -> Any:
        return convert(
            TF.members["image"].members["resize"].call((EagerTensor(x), self.size, self.method), {})
        )


class RandomFlip(Layer):
    def __init__(self, mode: str = "horizontal_and_vertical", seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axes = [a for a, word in ((-2, "horizontal"), (-3, "vertical")) if word in str(mode)]

    def forward(self, x: Any, training: bool) -> Any:
        if not training:
            return x
        axes = [a for a in self.axes if float(torch.rand(())) < 0.5]
        return Op("RandomFlip", lambda t: t.flip(axes) if axes else t, "movement", "none").apply((x,), {})


class CategoryEncoding(Layer):
    """Whole numbers as one-hot, multi-hot or counts."""

    def __init__(self, num_tokens: int, output_mode: str = "multi_hot", **kwargs: Any) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if k in ("name", "dtype")})
        self.count, self.mode = int(num_tokens), output_mode

    def forward(self, x: Any, training: bool) -> Any:
        running.meter.elements(x.numel() * self.count)

        def encode(t: T) -> T:
            hot = torch.nn.functional.one_hot(t.long(), self.count).float()
            if self.mode == "one_hot":
                return hot.squeeze(-2) if t.dim() > 1 and t.shape[-1] == 1 else hot
            return hot.amax(-2) if self.mode == "multi_hot" else hot.sum(-2)

        if x.numel() and not 0 <= int(x.min()) <= int(x.max()) < self.count:
            raise ValueError(
                f"Input values must be in the range 0 <= values < num_tokens with num_tokens={self.count}"
            )
        return Op("CategoryEncoding", encode, "indexing", "none").apply((x,), {})


class Discretization(Layer):
    """Numbers as the number of their bin."""

    def __init__(self, bin_boundaries: Any = None, num_bins: Any = None, **kwargs: Any) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if k in ("name", "dtype")})
        self.cuts = None if bin_boundaries is None else convert(bin_boundaries).float()
        self.bins = num_bins

    def adapt(self, data: Any) -> None:
        shares = torch.linspace(0, 1, int(self.bins) + 1)[1:-1]
        self.cuts = torch.quantile(convert(data).float().reshape(-1), shares)

    def forward(self, x: Any, training: bool) -> Any:
        if self.cuts is None:
            raise ValueError(
                "You need to call `.adapt()` on the Discretization layer, or give it `bin_boundaries`"
            )
        return Op(
            "Discretization",
            lambda t, cuts: torch.bucketize(t.float(), cuts, right=True).int(),
            "indexing",
            "none",
        ).apply((x, self.cuts), {})


class _Words(Layer):
    """A vocabulary: the most frequent words first, after what stands for nothing and for the unknown."""

    first: tuple[str, ...] = ("", "[UNK]")

    def __init__(self, max_tokens: Any = None, vocabulary: Any = None, **kwargs: Any) -> None:
        super().__init__(name=kwargs.pop("name", None))
        self.most, self.options = max_tokens, kwargs
        self.words = list(self.first)
        if vocabulary is not None:
            given = [w for w in collect(vocabulary) if w not in self.first]
            self.words += given

    def split(self, text: str) -> list[str]:
        return [text]

    def adapt(self, data: Any) -> None:
        counts: dict[str, int] = {}
        texts = (
            [t for item in data.start() for t in text_of(item).items]
            if isinstance(data, Dataset)
            else text_of(data).items
        )
        for text in texts:
            running.meter.step()
            for word in self.split(text):
                counts[word] = counts.get(word, 0) + 1
        ranked = sorted(counts, key=lambda w: (-counts[w], [-ord(c) for c in w]))
        self.words = [*self.first, *ranked][: None if self.most is None else int(self.most)]


class StringLookup(_Words):
    """Texts as numbers."""

    first: tuple[str, ...] = ("[UNK]",)

    def forward_texts(self, value: Any) -> EagerTensor:
        given = text_of(value)
        return EagerTensor(torch.tensor([self.index(t) for t in given.items]).reshape(given.shape))

    def index(self, word: str) -> int:
        return self.words.index(word) if word in self.words else self.words.index("[UNK]")


class TextVectorization(StringLookup):
    """Sentences as rows of numbers."""

    first = ("", "[UNK]")

    def split(self, text: str) -> list[str]:
        if self.options.get("standardize", "lower_and_strip_punctuation") is not None:
            text = re.sub(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']", "", text.lower())
        return text.split()

    def forward_texts(self, value: Any) -> EagerTensor:
        given = text_of(value)
        rows = [[self.index(word) for word in self.split(text)] for text in given.items]
        wide = self.options.get("output_sequence_length") or max((len(row) for row in rows), default=0)
        running.meter.elements(len(rows) * int(wide))
        filled = [(row + [0] * int(wide))[: int(wide)] for row in rows]
        return EagerTensor(torch.tensor(filled).reshape(*given.shape, int(wide)))
