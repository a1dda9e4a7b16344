"""Training on tables: numbers far from zero are learned as those near it, and each metric has a name of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from freedive.catalog.datasets import uploads
from freedive.protocol.events import Evaluated, Finished, Predictions
from freedive.training.script import script

from .jobs import IRIS, LINE, Job, of, spec_of
from .test_script import printed_finals


def offset(job: Job, base: float, **fields: Any) -> tuple[str, Any]:
    """An uploaded table in which the last column is `base` + 3 x, and a spec that learns it."""
    body = "x,far,y\n" + "".join(
        f"{i % 97},{base + i % 89:.0f},{base + 3 * (i % 97) + i % 89:.0f}\n" for i in range(600)
    )
    upload = uploads.save(job.store, body.encode()).id
    dataset = {"kind": "table", "upload": upload, **fields}
    spec = spec_of(LINE, dataset=dataset, optimizer={"kind": "sgd", "lr": 0.1}, batch_size=32, epochs=8)
    return upload, spec


@pytest.mark.parametrize("base", [0.0, 1e9, 1e12])
def test_what_is_added_to_all_numbers_changes_nothing(job: Job, base: float) -> None:
    upload, spec = offset(job, base)
    events = job.run(spec, watched=True)
    finals = of(events, Finished)[0].metrics
    assert finals["test"]["r2"] == pytest.approx(1.0, abs=1e-6)
    shown = of(events, Predictions)[-1]
    assert shown.targets.numpy() == pytest.approx(shown.outputs.numpy()[:, 0], abs=0.5, rel=0)
    assert len(set(shown.targets.numpy().tolist())) > 16
    path = job.folder / "job.py"
    path.write_text(script(spec, job.store), encoding="utf-8")
    table = str(job.store.uploads / f"{upload}.csv")
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "TABLE": table}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert printed_finals(done.stdout)["test"] == pytest.approx(finals["test"], rel=1e-5, abs=1e-7)


def test_two_metrics_of_one_kind_are_told_apart(job: Job) -> None:
    metrics = [{"kind": "f1"}, {"kind": "f1", "average": "micro"}, {"kind": "top_k", "k": 2}, {"kind": "auc"}]
    events = job.run(spec_of(IRIS, metrics=metrics))
    names = ["loss", "f1(average=macro)", "f1(average=micro)", "top_k", "auc"]
    assert all(list(event.metrics) == names for event in of(events, Evaluated))
    finals = of(events, Finished)[0].metrics
    assert all(list(split) == names for split in finals.values())
    assert "'f1(average=micro)': MulticlassF1Score(" in script(spec_of(IRIS, metrics=metrics), job.store)
