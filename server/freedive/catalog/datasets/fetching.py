"""Fetching: gzipped files from the first source that answers, checked by the SHA-256 of what they contain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from freedive.catalog.datasets.store import DataStore
from freedive.errors import DataUnavailable


def fetch(name: str, sha256: Mapping[str, str], sources: Sequence[str], store: DataStore) -> Path:
    """The folder with all files `<file>.gz`. Raises DataUnavailable."""
    raise DataUnavailable(f"{name} cannot be fetched yet", position="dataset")
