"""Scripted: how the script of a job finds the files of a set of pictures. Each function stands alone, for scripts."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import urllib.request
from collections.abc import Sequence
from pathlib import Path

IMPORTS = (
    "import gzip",
    "import hashlib",
    "import importlib.util",
    "import os",
    "import urllib.request",
    "from collections.abc import Sequence",
    "from pathlib import Path",
)
"""What the functions need."""


def places_of(kind: str) -> list[Path]:
    """Folders where the files may lie: DATA, an installed package that carries them, its folder of fetched sets."""
    places = [Path(os.environ.get("DATA", "data")) / kind]
    package = importlib.util.find_spec("freedive")  # looked for, never loaded
    for folder in (package.submodule_search_locations or []) if package else []:
        places.append(Path(folder) / "catalog/datasets/data" / kind)
    kept = Path(os.environ.get("FREEDIVE_DATA_DIR", Path.home() / ".freedive"))
    return [*places, kept / "datasets" / kind.replace("_", "-")]


def file_of(kind: str, name: str, sources: Sequence[str], sha256: str) -> Path:
    """Path of a file of the set; downloaded into the first place where it is nowhere. Ends the script if that fails."""
    places = places_of(kind)
    for place in places:
        if (place / f"{name}.gz").exists():
            return place / f"{name}.gz"
    path, reasons = places[0] / f"{name}.gz", []
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in sources:
        print(f"downloading {folder}{name}.gz", flush=True)
        try:
            with urllib.request.urlopen(f"{folder}{name}.gz", timeout=30) as answer:
                content = answer.read()
            if hashlib.sha256(gzip.decompress(content)).hexdigest() != sha256:
                raise OSError("what came is another file")
        except (OSError, EOFError) as error:
            reasons.append(f"{folder}: {error}")
            continue
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.rename(path)
        return path
    raise SystemExit(
        f"{name}.gz is in none of {', '.join(map(str, places))}, and could not be downloaded ({'; '.join(reasons)}). "
        f"Put it into {path.parent}, or set DATA to a folder that has {kind}/{name}.gz."
    )
