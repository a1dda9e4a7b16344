"""`freedive doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from freedive.catalog.datasets.mnist import Mnist
from freedive.catalog.datasets.store import DataStore
from freedive.cli import settings_of
from freedive.cli.listing import is_here
from freedive.settings import Settings

LITTLE_DISK = 2 * 2**30
"""Bytes; a long job keeps some tens of checkpoints."""
LITTLE_MEMORY = 2 * 2**30


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    ok: bool
    says: str
    hint: str = ""


def doctor(arguments: argparse.Namespace) -> int:
    """Look at everything; 1 where something needs mending."""
    settings = settings_of(arguments)
    findings = [
        _python(),
        _torch(),
        _devices(),
        _memory(),
        _disk(settings.data_dir),
        _page(),
        _mnist(settings),
        *_sandbox(),
    ]
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        console = Console()
        for finding in findings:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            console.print(f"{mark} [bold]{finding.name}[/]: {finding.says}", highlight=False)
            if finding.hint and not finding.ok:
                console.print(f"    {finding.hint}", highlight=False)
    return 0 if all(finding.ok for finding in findings) else 1


def _python() -> Finding:
    says = f"{platform.python_version()} on {platform.platform(terse=True)}, SQLite {sqlite3.sqlite_version}"
    return Finding("Python", sys.version_info >= (3, 11), says, "Freedive needs Python 3.11 or newer.")


def _torch() -> Finding:
    try:
        import torch
    except Exception as error:  # a broken installation can fail in any way
        return Finding("torch", False, f"cannot be imported: {error}", "Install the package again.")
    return Finding("torch", True, f"{torch.__version__}, {torch.get_num_threads()} threads at most")


def _devices() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding("Devices", True, "cpu; no CUDA GPU was found")
    names = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    return Finding("Devices", True, ", ".join(["cpu", *names]))


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available
    hint = "Set FREEDIVE_WORKERS=1: each worker takes about 220 MB before any model."
    return Finding("Memory", free > LITTLE_MEMORY, f"{free / 2**30:.1f} GiB available", hint)


def _disk(data_dir: Path) -> Finding:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir) as file:
            file.write(b"freedive")
        free = shutil.disk_usage(data_dir).free
    except OSError as error:
        return Finding(
            "Data folder", False, f"{data_dir} cannot be written: {error.strerror}", "Set FREEDIVE_DATA_DIR."
        )
    says = f"{data_dir}, {free / 2**30:.1f} GiB free"
    return Finding("Data folder", free > LITTLE_DISK, says, "Free some space, or set FREEDIVE_DATA_DIR.")


def _page() -> Finding:
    built = (Path(__file__).parents[1] / "static" / "index.html").is_file()
    says = "built" if built else "not built: the API works, the browser page does not"
    return Finding("Page", built, says, "Install the package again where npm can reach its registry.")


def _mnist(settings: Settings) -> Finding:
    there = is_here(Mnist, DataStore(settings.data_dir, offline=True))
    return Finding("MNIST", there, "packed" if there else "not packed", "Install the package again.")


def _sandbox() -> list[Finding]:
    from freedive.sandbox.protection import probe, sentences

    layers = probe()
    return [Finding("Tensor lab", layers.sealed, " ".join(sentences(layers)))]
