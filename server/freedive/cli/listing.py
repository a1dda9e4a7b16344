"""`freedive jobs` and `freedive datasets`: tables for people, `--json` for programs."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from rich.console import Console
from rich.table import Table

from freedive.catalog.datasets import Dataset
from freedive.catalog.datasets.images import ImageSet
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.listing import members
from freedive.cli import settings_of
from freedive.client import Client
from freedive.errors import DataUnavailable
from freedive.protocol.jobs import JobInfo


def jobs(arguments: argparse.Namespace) -> int:
    """The jobs of a server, newest first."""
    token = arguments.token or os.environ.get("FREEDIVE_TOKEN")
    with Client(arguments.url, token=token) as client:
        infos = list(client.infos())
    if arguments.json:
        print(json.dumps([info.model_dump(mode="json") for info in infos], ensure_ascii=False))
        return 0
    if not infos:
        Console().print("No jobs yet. Start one on the page, or with the client.")
        return 0
    table = Table("id", "name", "state", "step", "train loss", "validation", box=None, pad_edge=False)
    for info in infos:
        table.add_row(
            info.id, info.name, info.state, _steps(info), _loss(info, "train"), _loss(info, "validation")
        )
    Console().print(table)
    return 0


def datasets(arguments: argparse.Namespace) -> int:
    """What can be trained on, and whether it has to be fetched first."""
    settings = settings_of(arguments)
    store = DataStore(settings.data_dir, offline=True)
    rows: list[dict[str, Any]] = []
    for entry in members(Dataset):
        kind = entry.model_fields["kind"].default
        rows.append(
            {
                "kind": kind,
                "title": entry.title["en"],
                "tasks": sorted(entry.tasks),
                "about": entry.about["en"],
                "here": is_here(entry, store),
            }
        )
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    table = Table("kind", "task", "here", "about", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row["kind"], ", ".join(row["tasks"]), "yes" if row["here"] else "fetched on demand", row["about"]
        )
    Console().print(table)
    return 0


def is_here(entry: type[Any], store: DataStore) -> bool:
    """Whether a dataset can be loaded without fetching anything."""
    if not issubclass(entry, ImageSet):
        return True
    try:
        entry.model_validate({"kind": entry.model_fields["kind"].default}).folder(store)
    except DataUnavailable:
        return False
    return True


def _steps(info: JobInfo) -> str:
    return f"{info.step} of {info.total_steps}" if info.total_steps else str(info.step)


def _loss(info: JobInfo, split: Any) -> str:
    loss = info.latest.get(split, {}).get("loss")
    return "" if loss is None else f"{loss:.4g}"
