"""Resume, rewind and fork go on bit for bit: what they tell equals what an uninterrupted job told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from freedive.protocol.commands import Changes, Command, Resume, Rewind, Set, Step
from freedive.protocol.events import Checkpointed, Evaluated, Event, Finished, Metrics, Rewound, Started
from freedive.protocol.specs import TrainSpec
from freedive.training.checkpoint import path_of
from freedive.training.checkpoints import Checkpoints
from freedive.training.context import ResumePoint

from .jobs import DIGITS, IRIS, SPIRALS, Job, of, same_rows, spec_of, table

DROPPING = {
    "kind": "mlp",
    "layers": [{"width": 8, "dropout": 0.3, "batch_norm": True}, {"width": 6, "dropout": 0.2}],
}

SPECS = {
    "momentum": spec_of(SPIRALS),
    "adam, dropout, batch norm, cosine": spec_of(
        IRIS, model=DROPPING, scheduler={"kind": "cosine"}, epochs=5
    ),
    "rmsprop, warm-up, clipping": spec_of(
        SPIRALS,
        optimizer={"kind": "rmsprop"},
        scheduler={"kind": "warm_up", "steps": 9},
        clipping={"enabled": True},
    ),
    "adagrad, exponential, penalties": spec_of(
        IRIS,
        optimizer={"kind": "adagrad"},
        scheduler={"kind": "exponential"},
        regularization={"l1": 0.01},
        epochs=4,
    ),
    "adamw, plateau, early stopping": spec_of(
        SPIRALS,
        optimizer={"kind": "adamw", "lr": 0.3},
        scheduler={"kind": "reduce_on_plateau", "patience": 0},
        early_stopping={"enabled": True, "patience": 2},
        evaluate_every=4,
        epochs=8,
    ),
    "images": spec_of(DIGITS, epochs=2),
}


@pytest.fixture(params=SPECS, ids=list(SPECS))
def spec(request: pytest.FixtureRequest) -> TrainSpec:
    return SPECS[request.param]


def evaluations(events: list[Event], after: int = -1) -> list[tuple[int, str, dict[str, float | None]]]:
    """Of steps beyond `after`."""
    return [(e.step, e.split, e.metrics) for e in of(events, Evaluated) if e.step > after]


def last_checkpoint(events: list[Event]) -> int:
    """The newest that a reader knows to be on the disk."""
    return of(events, Checkpointed)[-1].step


def test_a_job_killed_at_any_moment_goes_on_exactly(
    job: Job, spec: TrainSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Checkpoints, "busy", False)  # one after every step, however slow the disk is
    whole = job.run(spec, checkpoints=job.folder / "whole")
    half = max(table(whole)) // 2
    options: dict[str, Any] = {"checkpoint_seconds": 1e-6, "chunk_seconds": 1e-6}
    first = job.run(spec, until=lambda e: isinstance(e, Metrics) and e.step >= half, **options)
    newest = max(job.checkpoints.glob("step-*.safetensors"))
    point = ResumePoint("worker_lost", newest)
    second = job.run(spec, resume=point)
    at = of(second, Rewound)[0].step
    assert half <= at <= half + 1
    assert path_of(job.checkpoints, at) == newest
    assert same_rows(table(first + second), table(whole))
    assert evaluations(second, at) == evaluations(whole, at)
    assert of(second, Finished)[0].metrics == of(whole, Finished)[0].metrics
    assert of(second, Finished)[0].best_step == of(whole, Finished)[0].best_step
    assert not of(second, Started)  # the log has it already


def test_rewinding_replays_exactly_and_going_on_repeats_the_same_history(job: Job, spec: TrainSpec) -> None:
    whole = job.run(spec, checkpoints=job.folder / "whole")
    paused = spec.model_copy(update={"start_paused": True})
    events = job.run(paused, [Step(n=11)], [Rewind(step=4)], [Step(n=3)], [Rewind(step=0)], [Resume()])
    assert [r.step for r in of(events, Rewound)] == [4, 0]
    assert same_rows(table(events), table(whole))
    assert of(events, Finished)[0].metrics == of(whole, Finished)[0].metrics


def test_a_fork_sees_the_batches_and_random_numbers_of_its_parent(job: Job, spec: TrainSpec) -> None:
    whole = job.run(spec)
    start = path_of(job.checkpoints, 0)
    child = job.folder / "child"
    events = job.run(spec, resume=ResumePoint("fork", start, at_step=5), checkpoints=child)
    assert of(events, Started)[0].step == 5
    rows = table(events)
    assert min(rows) == 6
    assert same_rows(rows, {s: r for s, r in table(whole).items() if s > 5})
    assert of(events, Finished)[0].metrics == of(whole, Finished)[0].metrics
    assert path_of(child, 5).exists()


def changed(commands: list[Command], lr: float) -> list[Command]:
    """The same, with another learning rate first."""
    return [Set(changes=Changes(lr=lr)), *commands]


def test_a_fork_with_changes_equals_setting_them_by_hand(job: Job) -> None:
    paused = spec_of({**SPIRALS, "start_paused": True})
    hand = job.run(paused, [Step(n=5)], changed([Resume()], 0.01), checkpoints=job.folder / "hand")
    job.run(spec_of(SPIRALS))
    point = ResumePoint("fork", path_of(job.checkpoints, 0), at_step=5, changes=Changes(lr=0.01))
    fork = job.run(spec_of(SPIRALS), resume=point, checkpoints=job.folder / "fork")
    assert same_rows(table(fork), {s: r for s, r in table(hand).items() if s > 5})


def test_history_with_a_change_in_it_is_replayed_with_the_change(job: Job) -> None:
    paused = spec_of({**SPIRALS, "start_paused": True})
    events = job.run(
        paused,
        [Step(n=5)],
        changed([Step(n=10)], 0.01),
        [Rewind(step=9)],
        [Step(n=2)],
        [Rewind(step=3)],
        [Step(n=2)],
    )
    rewinds = [i for i, e in enumerate(events) if isinstance(e, Rewound)]
    straight = table(events[: rewinds[0]])
    again = table(events[rewinds[0] : rewinds[1]])
    assert same_rows(again, {s: straight[s] for s in (10, 11)})
    before_the_change = table(events[rewinds[1] :])
    assert same_rows(before_the_change, {s: straight[s] for s in (4, 5)})


def test_going_on_after_a_crash_right_after_a_change_keeps_the_change(job: Job) -> None:
    paused = spec_of({**SPIRALS, "start_paused": True})
    turns: list[list[Any]] = [[Step(n=5)], changed([Step(n=4)], 0.01), [Resume()]]
    whole = job.run(paused, *turns, checkpoints=job.folder / "whole")
    cut = job.run(paused, *turns, until=lambda e: isinstance(e, Metrics) and e.step >= 9)
    newest = max(job.checkpoints.glob("step-*.safetensors"))
    assert newest == path_of(job.checkpoints, 5)
    rest = job.run(paused, resume=ResumePoint("server_restarted", newest))
    assert same_rows(table(cut + rest), table(whole))


def test_rewriting_history_deletes_the_checkpoints_of_the_old_one(job: Job) -> None:
    paused = spec_of({**SPIRALS, "start_paused": True})
    seen: list[list[str]] = []

    def look(event: Event) -> bool:
        if isinstance(event, Rewound):
            seen.append(sorted(p.name for p in Path(job.checkpoints).glob("*.safetensors")))
        return False

    job.run(paused, [Step(n=5)], changed([Step(n=5)], 0.01), [Rewind(step=3)], until=look)
    assert seen == [["step-00000000.safetensors"]]


def test_a_job_that_died_before_its_first_checkpoint_starts_anew(job: Job) -> None:
    events = job.run(spec_of(SPIRALS), resume=ResumePoint("worker_lost"))
    assert of(events, Rewound)[0].step == 0
    assert of(events, Started)
    assert same_rows(table(events), table(job.run(spec_of(SPIRALS))))


def test_a_fork_of_the_very_end_ends_at_once(job: Job) -> None:
    whole = job.run(spec_of(SPIRALS))
    end = last_checkpoint(whole)
    events = job.run(
        spec_of(SPIRALS),
        resume=ResumePoint("fork", path_of(job.checkpoints, end)),
        checkpoints=job.folder / "f",
    )
    assert not of(events, Metrics)
    assert of(events, Finished)[0].metrics == of(whole, Finished)[0].metrics
