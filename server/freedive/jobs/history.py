"""History: what a job measured, as columns read back from its log. api/jobs.py shows it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from freedive.jobs.event_log import EventLog
from freedive.jobs.stored import readable
from freedive.protocol.jobs import MetricColumns


def metrics(
    log: EventLog, job: str, points: int | None = None, names: set[str] | None = None
) -> MetricColumns:
    """Every step's row of the history that stands, without what a rewind took back.

    With `points`, at most that many rows are left, and among them the lowest and highest value of every column in
    each stretch of steps, so that no peak is lost.
    """
    with readable("metrics"):
        columns, parts, evaluations = _collect(log, job)
    shown = [i for i, name in enumerate(columns) if names is None or name in names]
    shown_names = [columns[i] for i in shown]
    if not parts or not shown:
        return MetricColumns(steps=[], columns={name: [] for name in shown_names}, evaluations=evaluations)
    steps = np.concatenate([np.arange(first, first + len(rows)) for first, rows in parts])
    table = np.concatenate([rows for _, rows in parts])[:, shown]
    kept = extremes(table, points) if points is not None and points < len(table) else None
    if kept is not None:
        steps, table = steps[kept], table[kept]
    return MetricColumns(
        steps=steps.tolist(),
        columns={name: _plain(table[:, i]) for i, name in enumerate(shown_names)},
        evaluations=evaluations,
        downsampled=kept is not None,
    )


def extremes(table: NDArray[np.float32], points: int) -> NDArray[np.int64]:
    """Indices of at most `points` rows: the last, the first, and of each stretch the extremes of each column.

    Where there is no place for all of them, the first columns come first.
    """
    rows, columns = table.shape
    stretches = max(1, (points - 2) // (2 * columns))
    edges = np.linspace(0, rows, stretches + 1).astype(np.int64)
    wanted: dict[int, None] = {rows - 1: None, 0: None}
    found: list[list[int]] = []
    for begin, end in itertools.pairwise(edges):
        part = table[begin:end]
        if len(part):
            lowest = begin + np.where(np.isnan(part), np.inf, part).argmin(0)
            highest = begin + np.where(np.isnan(part), -np.inf, part).argmax(0)
            found.append(np.stack([lowest, highest], axis=1).reshape(-1).tolist())
    for of_each in zip(*found, strict=True):
        wanted |= dict.fromkeys(of_each)
    return np.array(sorted(list(wanted)[:points]), dtype=np.int64)


def rows_as_csv(found: MetricColumns) -> Iterator[str]:
    """The columns as lines of CSV; an empty cell is a value that was not measured or not finite."""
    names = list(found.columns)
    yield ",".join(["step", *names]) + "\n"
    for step, *values in zip(found.steps, *found.columns.values(), strict=True):
        yield ",".join([str(step), *("" if v is None else repr(v) for v in values)]) + "\n"


def _collect(
    log: EventLog, job: str
) -> tuple[list[str], list[tuple[int, NDArray[np.float32]]], list[dict[str, float | int | str | None]]]:
    columns: list[str] = []
    parts: list[tuple[int, NDArray[np.float32]]] = []
    evaluations: list[dict[str, Any]] = []
    for fact in log.facts(job, types=("started", "metrics", "evaluation", "rewound")):
        match fact["type"]:
            case "started":
                columns = fact["columns"]
            case "metrics":
                values = fact["values"]
                rows = np.frombuffer(values["data"], "<f4").reshape(values["shape"])
                if len(rows):
                    parts.append((fact["first_step"], rows))
            case "evaluation":
                evaluations.append(
                    {"step": fact["step"], "epoch": fact["epoch"], "split": fact["split"], **fact["metrics"]}
                )
            case "rewound":
                parts = [
                    (first, rows[: fact["step"] + 1 - first])
                    for first, rows in parts
                    if first <= fact["step"]
                ]
                evaluations = [e for e in evaluations if e["step"] <= fact["step"]]
    return columns, parts, evaluations


def _plain(column: NDArray[np.float32]) -> list[float | None]:
    finite = np.isfinite(column)
    values: list[float | None] = column.tolist()
    return values if finite.all() else [v if ok else None for v, ok in zip(values, finite, strict=True)]
