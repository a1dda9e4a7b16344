"""Files and folders that nobody but the account of the server may read: jobs hold what people sent and wrote."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FOLDER, FILE = 0o700, 0o600
OURS = ("jobs", "uploads", "datasets")
"""Folders in the data folder."""
OUR_FILES = ("freedive.db", "lock")
"""Beginnings of the names of files in it: a database has companions."""


def make_folder(path: Path) -> None:
    """Make it, and what is missing above it, for this account alone; one that is there stays as it is."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=FOLDER, exist_ok=True)


def create(path: Path) -> BinaryIO:
    """An empty file to be written, for this account alone from its first byte on."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE), "wb")


def tighten(data_dir: Path) -> tuple[int, list[Path]]:
    """Take from others what an earlier version, or a careless copy, left open. How many were open, and which still are.

    Only what is ours is touched: somebody may name a folder that holds other things.
    """
    mended, left = 0, []
    for path in _ours(data_dir):
        try:
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode) or not stat.S_IMODE(found.st_mode) & 0o077:
                continue
            path.chmod(FOLDER if stat.S_ISDIR(found.st_mode) else FILE)
            mended += 1
        except FileNotFoundError:  # another process was done with it
            continue
        except OSError:
            left.append(path)
    return mended, left


def _ours(data_dir: Path) -> Iterator[Path]:
    """The data folder where all in it is ours, our files, and our folders with all they hold."""
    inside = sorted(data_dir.iterdir())
    ours = [path for path in inside if path.name in OURS or path.name.startswith(OUR_FILES)]
    if len(ours) == len(inside):
        yield data_dir
    for path in ours:
        yield path
        if path.name in OURS and not path.is_symlink():
            yield from path.rglob("*")
