"""The script of a job runs without Freedive and reaches the job's losses."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from freedive.catalog.datasets.store import DataStore
from freedive.catalog.recipes import recipes
from freedive.protocol.commands import Changes, Resume, Set, Step
from freedive.protocol.events import Event, Finished
from freedive.training.script import script

from .jobs import IRIS, LINE, SPIRALS, Job, Turn, of, spec_of, table

NUMBER = r"[-+0-9.einfa]+"

MNIST: dict[str, Any] = {
    "dataset": {"kind": "mnist", "limit": 300, "validation_size": 100},
    "model": {"kind": "lenet5"},
    "loss": {"kind": "cross_entropy"},
    "optimizer": {"kind": "adam", "lr": 0.002},
    "scheduler": {"kind": "cosine"},
    "metrics": [{"kind": "accuracy"}, {"kind": "top_k", "k": 3}, {"kind": "top_k", "k": 5}, {"kind": "auc"}],
    "batch_size": 64,
    "epochs": 1,
    "device": "cpu",
}
REGULAR = spec_of(
    IRIS,
    model={"kind": "mlp", "layers": [{"width": 8, "dropout": 0.2, "batch_norm": True}]},
    initialization={"kind": "xavier"},
    optimizer={"kind": "adamw"},
    scheduler={"kind": "warm_up", "steps": 5},
    regularization={"l1": 0.001, "l2": 0.01},
    clipping={"enabled": True, "max_norm": 0.5},
)
STOPPING = spec_of(
    SPIRALS,
    optimizer={"kind": "rmsprop", "lr": 0.05},
    scheduler={"kind": "reduce_on_plateau", "patience": 0},
    early_stopping={"enabled": True, "patience": 2},
    evaluate_every=4,
    epochs=10,
)
SPECS = {
    "spirals": spec_of(SPIRALS),
    "line": spec_of(LINE),
    "iris": spec_of(IRIS, scheduler={"kind": "exponential"}),
    "mnist": spec_of(MNIST),
    "regularized": REGULAR,
    "stopping": STOPPING,
    "stopping by epoch": spec_of(
        SPIRALS, early_stopping={"enabled": True, "patience": 2}, epochs=30, optimizer={"lr": 3.0}
    ),
}
PASTS: dict[str, list[tuple[int, Changes]]] = {
    "changed": [(3, Changes(lr=0.02)), (9, Changes(momentum=0.5)), (9, Changes(lr=0.3, weight_decay=0.01))],
    "changed with schedule": [(4, Changes(lr=0.05, dropout=0.6)), (5, Changes(momentum=0.7))],
    "changed batches": [(2, Changes(batch_size=7)), (11, Changes(batch_size=40, lr=0.005))],
}
SPECS |= {
    "changed": spec_of(SPIRALS, start_paused=True),
    "changed with schedule": REGULAR.model_copy(update={"start_paused": True}),
    "changed batches": spec_of(IRIS, scheduler={"kind": "exponential"}, start_paused=True),
}


def turns(past: list[tuple[int, Changes]]) -> list[Turn]:
    """What a person says to a paused job, so that it is changed after these steps."""
    said: list[Turn] = []
    taken = 0
    for step, changes in past:
        if step > taken:
            said.append([Step(n=step - taken)])
            taken = step
        said.append([Set(changes=changes)])
    return [*said, [Resume()]]


RUNNER = """
import runpy, sys
for path in sys.argv[1:]:
    print("=====", flush=True)
    runpy.run_path(path, run_name="__main__")
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each script prints: run one after the other in a process that has no way to Freedive."""
    folder = tmp_path_factory.mktemp("scripts")
    store = DataStore(folder, offline=True)
    (folder / "freedive.py").write_text(
        "raise ImportError('a script must not need Freedive')", encoding="utf-8"
    )
    data = folder / "data" / "mnist"  # where the script would fetch it to
    data.mkdir(parents=True)
    for path in (store.packaged / "mnist").glob("*.gz"):
        (data / path.name).symlink_to(path)
    names = [name for name in SPECS if name != "mnist" or list(data.iterdir())]
    paths = []
    for i, name in enumerate(names):
        paths.append(folder / f"job{i}.py")
        paths[-1].write_text(script(SPECS[name], store, "", PASTS.get(name, ())), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *map(str, paths)],
        cwd=folder,
        env={**os.environ, "DATA": str(folder / "data"), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(names, done.stdout.split("=====\n")[1:], strict=True))


def printed_losses(output: str) -> list[float]:
    return [float(x) for x in re.findall(rf"^step \d+ loss ({NUMBER})", output, re.MULTILINE)]


def printed_finals(output: str) -> dict[str, dict[str, float]]:
    return {
        split: ast.literal_eval(report)
        for split, report in re.findall(r"^final (\w+) (\{.*\})$", output, re.MULTILINE)
    }


def the_same(events: list[Event], output: str) -> None:
    rows = table(events)
    losses = printed_losses(output)
    assert len(losses) == len(rows) > 0
    assert losses == pytest.approx([float(row[0]) for row in rows.values()], rel=1e-6, abs=1e-6)
    finals = printed_finals(output)
    for split, metrics in of(events, Finished)[0].metrics.items():
        assert finals[split] == pytest.approx(metrics, rel=1e-6, abs=1e-6), split


@pytest.mark.parametrize("name", SPECS)
def test_the_script_reaches_the_losses_of_the_job(job: Job, outputs: dict[str, str], name: str) -> None:
    if name not in outputs:
        pytest.skip("MNIST is not in this checkout; run frontend/hatch_build.py")
    the_same(job.run(SPECS[name], *turns(PASTS[name]) if name in PASTS else ()), outputs[name])


@pytest.mark.parametrize(
    "recipe", [r for r in recipes() if r.name != "table"], ids=lambda recipe: recipe.name
)
def test_every_recipe_has_a_script_that_compiles(recipe: Any, tmp_path: Path) -> None:
    text = script(recipe.spec, DataStore(tmp_path), 'my "first"\njob')
    compile(text, "job.py", "exec")
    assert not re.search(r"(import|from) freedive", text)
    assert ast.get_docstring(ast.parse(text)).startswith("my 'first' job.")  # type: ignore[union-attr]
