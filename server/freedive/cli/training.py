"""`freedive train RECIPE`: drains the very generator that the workers drain, with a progress bar and a final table."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from freedive.catalog.datasets.store import DataStore
from freedive.catalog.recipes import recipes
from freedive.cli import settings_of
from freedive.errors import BadSpec, JobFailed, NotFound
from freedive.protocol.events import Event, Failed, Finished
from freedive.protocol.specs import TrainSpec
from freedive.settings import Settings


def train(arguments: argparse.Namespace) -> int:
    """Train in this process. Raises NotFound for an unknown recipe, BadSpec, and JobFailed where it could not go on."""
    if arguments.recipe == "list":
        for recipe in recipes():
            print(f"{recipe.name:16} {recipe.title.en}: {recipe.about.en}")
        return 0
    spec = changed(recipe_spec(arguments.recipe), arguments.changes)
    settings = settings_of(arguments)
    with tempfile.TemporaryDirectory(prefix="freedive-") as scratch:
        checkpoints = arguments.checkpoints or Path(scratch)
        finished = _drain(spec, settings, checkpoints, arguments.offline, quiet=arguments.json)
    if arguments.json:
        result = {
            "spec": spec.model_dump(mode="json"),
            "steps": finished.step,
            "seconds": round(finished.seconds, 3),
            "reason": finished.reason,
            "metrics": finished.metrics,
        }
        print(json.dumps(result, ensure_ascii=False))
    else:
        _show(finished)
    return 1 if finished.reason == "not_finite" else 0


def recipe_spec(name: str) -> TrainSpec:
    """The spec of a recipe. Raises NotFound naming those that exist."""
    known = {recipe.name: recipe.spec for recipe in recipes()}
    if name not in known:
        raise NotFound(f"There is no recipe `{name}`.", hint=f"Recipes: {', '.join(known)}.")
    return known[name]


def changed(spec: TrainSpec, changes: list[str]) -> TrainSpec:
    """The spec with KEY=VALUE applied: dotted paths, values as JSON or text. Raises BadSpec."""
    plain: dict[str, Any] = spec.model_dump(mode="json")
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals:
            raise BadSpec(f"expected KEY=VALUE; got `{change}`", position="--set")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        _put(plain, path.strip().split("."), value, change)
        # Fill in the defaults of another kind, so that its fields can be set next; two changes may only fit together.
        with contextlib.suppress(ValidationError):
            plain = TrainSpec.model_validate(plain).model_dump(mode="json")
    try:
        return TrainSpec.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSpec(
            f"{first['msg']}; got {first['input']!r}"
            if not isinstance(first["input"], dict)
            else first["msg"],
            position=".".join(str(part) for part in first["loc"]),
        ) from None


def _put(plain: dict[str, Any], path: list[str], value: Any, change: str) -> None:
    at: Any = plain
    for i, part in enumerate(path):
        key: Any = int(part) if isinstance(at, list) and part.isdecimal() else part
        known = range(len(at)) if isinstance(at, list) else at if isinstance(at, dict) else ()
        if key not in known:
            names = ", ".join(map(str, known)) or "nothing"
            raise BadSpec(
                f"`{'.'.join(path[:i]) or 'the spec'}` has no `{part}`",
                position=f"--set {change}",
                hint=f"It has {names}.",
            )
        if i < len(path) - 1:
            at = at[key]
        elif key == "kind" and at[key] != value:  # another choice: its fields begin at their defaults
            at.clear()
            at[key] = value
        else:
            at[key] = value


def _drain(spec: TrainSpec, settings: Settings, checkpoints: Path, offline: bool, quiet: bool) -> Finished:
    import torch

    from freedive.training.context import Context
    from freedive.training.controls import Controls
    from freedive.training.loop import train as run

    torch.set_num_threads(settings.threads)
    context = Context(
        store=DataStore(settings.data_dir, offline or settings.offline),
        checkpoints=checkpoints,
        checkpoint_ring=settings.checkpoint_ring,
        checkpoint_seconds=settings.checkpoint_seconds,
    )
    console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
    finished: Finished | None = None
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[loss]}"),
        console=console,
    ) as progress:
        bar = progress.add_task("Preparing", total=None, loss="")
        for event in run(spec, Controls(), context):
            _advance(progress, bar, event)
            if isinstance(event, Failed):
                raise JobFailed(
                    event.problem.message, position=event.problem.position, hint=event.problem.hint
                )
            if isinstance(event, Finished):
                finished = event
    if finished is None:
        raise JobFailed("The job ended without a result.")
    return finished


def _advance(progress: Progress, bar: Any, event: Event) -> None:
    match event.type:
        case "progress":
            progress.update(bar, description=event.what, total=event.total, completed=event.done)
        case "started":
            progress.update(
                bar, description=f"Training on {event.device}", total=event.total_steps, completed=0
            )
        case "metrics":
            loss = event.values.numpy()[-1, 0]
            progress.update(
                bar, completed=event.first_step + event.values.shape[0] - 1, loss=f"loss {loss:.4g}"
            )


def _show(finished: Finished) -> None:
    names = list(dict.fromkeys(name for metrics in finished.metrics.values() for name in metrics))
    table = Table("split", *names, box=None, pad_edge=False)
    for split, metrics in finished.metrics.items():
        values = (metrics.get(name) for name in names)
        table.add_row(split, *("" if value is None else f"{value:.4f}" for value in values))
    console = Console()
    console.print(table)
    console.print(f"{finished.step} steps in {finished.seconds:.1f} s ({finished.reason.replace('_', ' ')})")
