"""Commands: each does what it says between two steps, and each is answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from freedive.protocol.commands import (
    Changes,
    Command,
    FinishEpoch,
    Inspect,
    Pace,
    Pause,
    Resume,
    Rewind,
    Set,
    Step,
    Stop,
)
from freedive.protocol.events import (
    Activations,
    Checkpointed,
    CommandAnswered,
    Finished,
    Logged,
    Rewound,
    StateChanged,
)
from freedive.protocol.jobs import Prediction
from freedive.protocol.problems import Problem
from freedive.training.controls import Question
from freedive.training.loop import train
from freedive.training.prediction import predict

from .jobs import IRIS, SPIRALS, Job, Scripted, of, same_rows, spec_of, table

PAUSED: dict[str, Any] = {**SPIRALS, "start_paused": True}
STEPS_PER_EPOCH = 6  # 84 training points in batches of 16


def test_steps_and_epochs_end_in_pauses_where_they_should(job: Job) -> None:
    events = job.run(spec_of(PAUSED), [Step(n=4)], [FinishEpoch()], [FinishEpoch()], [Step()], [Stop()])
    paused = [s.step for s in of(events, StateChanged) if s.state == "paused"]
    assert paused == [0, 4, STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH + 1]
    states = of(events, StateChanged)
    assert (states[-1].state, states[-1].reason, states[-1].step) == ("stopped", "stopped", 13)
    assert of(events, Finished)[0].reason == "stopped"
    assert [a.command.kind for a in of(events, CommandAnswered)] == [
        "step",
        "finish_epoch",
        "finish_epoch",
        "step",
        "stop",
    ]
    assert all(a.accepted for a in of(events, CommandAnswered))


def test_pausing_changes_no_number(job: Job) -> None:
    whole = table(job.run(spec_of(SPIRALS)))
    parts = table(job.run(spec_of(PAUSED), [Step(n=5)], [Step(n=1)], [Resume()]))
    assert same_rows(whole, parts)


def test_every_panel_shows_the_step_at_which_the_job_rests(job: Job) -> None:
    events = job.run(spec_of(PAUSED), [Step(n=3)])
    for kind in ("boundary", "weights", "histograms", "activations", "predictions", "confusion"):
        assert [e.step for e in events if e.type == kind] == [0, 3, 3], kind  # at rest twice, and at the end


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (Pause(), "illegal_command", "paused already"),
        (Rewind(step=99), "illegal_command", "has taken 0 steps"),
        (Inspect(split="test", index=4000), "bad_spec", "18 examples, 0 to 17; got 4000"),
        (Set(changes=Changes(dropout=0.5)), "bad_spec", "no dropout layer"),
    ],
)
def test_what_cannot_be_done_is_answered_with_the_reason(
    job: Job, command: Command, code: str, words: str
) -> None:
    events = job.run(spec_of(PAUSED), [command])
    answer = of(events, CommandAnswered)[0]
    assert not answer.accepted
    assert answer.problem is not None
    assert answer.problem.code == code
    assert words in answer.problem.message
    assert of(events, Finished)


def test_resume_is_refused_while_running(job: Job) -> None:
    events = job.run(spec_of(PAUSED), [Resume(), Resume()])
    assert [a.accepted for a in of(events, CommandAnswered)] == [True, False]


def test_adagrad_has_no_momentum_to_set(job: Job) -> None:
    events = job.run(spec_of(PAUSED, optimizer={"kind": "adagrad"}), [Set(changes=Changes(momentum=0.5))])
    problem = of(events, CommandAnswered)[0].problem
    assert problem is not None
    assert problem.position == "changes.momentum"


def test_set_takes_effect_from_the_next_step_and_is_pinned(job: Job) -> None:
    changes = Changes(lr=0.025, momentum=0.5, weight_decay=0.01, batch_size=4)
    events = job.run(spec_of(PAUSED), [Step(n=4)], [Set(changes=changes)], [Step(n=3)])
    answer = of(events, CommandAnswered)[1]
    assert answer.before == {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0, "batch_size": 16.0}
    assert answer.step == 4
    rows = table(events)
    assert [round(float(rows[s][2]), 6) for s in (4, 5)] == [0.1, 0.025]
    assert 4 in [c.step for c in of(events, Checkpointed) if c.pinned]
    told = next(log for log in of(events, Logged) if log.code == "total_steps")
    assert told.params["total_steps"] == 4 + 5 + 3 * 21  # 20 of 84 points are left in this epoch


def test_set_equals_a_plain_change_of_the_optimizer(job: Job) -> None:
    """The oracle: the state advanced by hand, with the param group edited at the same step."""
    spec = spec_of(PAUSED)
    events = job.run(spec, [Step(n=4)], [Set(changes=Changes(lr=0.01, momentum=0.0))], [Step(n=4)])
    state = job.state(spec)
    for _ in range(4):
        state.advance()
    state.optimizer.param_groups[0].update(lr=0.01, momentum=0.0)
    for _ in range(3):
        state.advance()
    inputs, targets = state.batch(state.sampler.next())
    loss = float(state.criterion(state.model(inputs), targets).detach())
    assert table(events)[8][0] == np.float32(loss)


def test_a_set_learning_rate_scales_the_rest_of_its_schedule(job: Job) -> None:
    spec = spec_of({**IRIS, "start_paused": True}, scheduler={"kind": "cosine"}, epochs=4)
    plain = table(job.run(spec, [Resume()]))
    events = job.run(spec, [Step(n=8)], [Set(changes=Changes(lr=float(plain[9][2]) * 2))], [Resume()])
    for step, row in table(events).items():
        factor = 2 if step > 8 else 1
        assert row[2] == pytest.approx(plain[step][2] * factor, rel=1e-4, abs=1e-7), step


def test_dropout_is_set_in_every_layer(job: Job) -> None:
    layers = [{"width": 8, "dropout": 0.5}, {"width": 8, "dropout": 0.25}]
    spec = spec_of({**IRIS, "start_paused": True}, model={"kind": "mlp", "layers": layers})
    events = job.run(spec, [Set(changes=Changes(dropout=0.0))], [Step(n=2)])
    assert of(events, CommandAnswered)[0].before == {"dropout": 0.5}
    bare = spec_of({**IRIS, "start_paused": True})
    bare = bare.model_copy(
        update={
            "model": spec.model.model_copy(
                update={
                    "layers": [
                        layer.model_copy(update={"dropout": 0.0})
                        for layer in spec.model.layers  # type: ignore[union-attr]
                    ]
                }
            )
        }
    )
    assert same_rows(table(events), table(job.run(bare, [Step(n=2)])))


def test_inspect_chooses_the_example_that_is_shown(job: Job) -> None:
    events = job.run(spec_of({**IRIS, "start_paused": True}), [Inspect(split="train", index=7)])
    shown = of(events, Activations)
    assert [(s.split, s.index) for s in shown[:2]] == [("validation", 0), ("train", 7)]
    data = spec_of(IRIS).dataset.load(0, job.store)
    np.testing.assert_array_equal(shown[1].input.numpy(), data.train.raw[7].numpy())


def test_pace_spaces_steps_and_every_step_is_told_at_once(job: Job) -> None:
    controls = Scripted(False, [[Pace(steps_per_second=50), Step(n=5)]])
    events = list(train(spec_of(PAUSED), controls, job.context()))
    assert len(controls.waits) >= 4
    assert all(0 < seconds <= 1 / 50 for seconds in controls.waits)
    assert of(events, CommandAnswered)[0].command == Pace(steps_per_second=50)
    assert len(table(events)) == 5


def test_questions_are_answered_with_the_live_weights(job: Job) -> None:
    answers: list[Prediction | Problem] = []

    def question(inputs: list[list[float]]) -> Question:
        return Question(lambda state: answers.append(predict(state, inputs)) if state else None)

    right, wrong = question([[5.1, 3.5, 1.4, 0.2]]), question([[1.0, 2.0]])
    spec = spec_of({**IRIS, "start_paused": True})
    job.run(spec, [Step(n=9)], [right, wrong])
    assert isinstance(answers[0], Prediction)
    assert answers[0].step == 9
    state = job.state(spec)
    for _ in range(9):
        state.advance()
    raw = torch.tensor([[5.1, 3.5, 1.4, 0.2]])
    expected = state.model.eval()(state.data.prepare(raw)).softmax(1)[0].tolist()
    assert answers[0].outputs[0] == pytest.approx(expected, abs=1e-6)
    assert answers[0].predicted == [int(np.argmax(expected))]
    assert isinstance(answers[1], Problem)
    assert "Expected inputs of shape (n, 4); got (1, 2)" in answers[1].message


def test_rewinding_tells_where_and_rests_there(job: Job) -> None:
    events = job.run(spec_of(PAUSED), [Step(n=9)], [Rewind(step=5)], [Stop()])
    at = next(i for i, e in enumerate(events) if isinstance(e, Rewound))
    assert (events[at].step, of(events, Rewound)[0].reason) == (5, "command")
    assert [(e.type, e.step) for e in events[at - 1 : at + 2]] == [
        ("command", 5),
        ("rewound", 5),
        ("state", 5),
    ]
    assert sorted(table(events)) == [1, 2, 3, 4, 5]
    assert of(events, Finished)[0].step == 5
