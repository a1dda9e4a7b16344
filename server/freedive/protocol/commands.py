"""Commands: what a person tells a running job. Each is answered by a `command` event."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from freedive.protocol.wire import Wire

Split = Literal["train", "validation", "test"]


Rate = Annotated[float, Field(ge=0.01, le=10_000)]
"""Steps per second: the slowest takes one in a hundred seconds."""


class Pause(Wire):
    """Stop before the next step and keep everything."""

    kind: Literal["pause"] = "pause"


class Resume(Wire):
    """Go on from where the job paused."""

    kind: Literal["resume"] = "resume"


class Step(Wire):
    """Take `n` steps, then pause. Allowed while running or paused."""

    kind: Literal["step"] = "step"
    n: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class FinishEpoch(Wire):
    """Run to the end of this epoch, then pause."""

    kind: Literal["finish_epoch"] = "finish_epoch"


class Stop(Wire):
    """End the job now; evaluate, write a last checkpoint, keep everything."""

    kind: Literal["stop"] = "stop"


class Pace(Wire):
    """Take at most so many steps per second; null is full speed."""

    kind: Literal["pace"] = "pace"
    steps_per_second: Rate | None = None


class Changes(Wire):
    """Hyper-parameters that may change between two steps. Only what is given changes."""

    lr: Annotated[float, Field(gt=0, le=100)] | None = None
    momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    weight_decay: Annotated[float, Field(ge=0, le=10)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=65_536)] | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Changes:
        if not self.model_fields_set:
            raise ValueError(
                "expected at least one of lr, momentum, weight_decay, batch_size, dropout; got none"
            )
        return self


class Set(Wire):
    """Change hyper-parameters from the next step on; a checkpoint is written with it, so history stays exact."""

    kind: Literal["set"] = "set"
    changes: Changes


class Inspect(Wire):
    """Choose the example whose feature maps the `activations` snapshot shows."""

    kind: Literal["inspect"] = "inspect"
    split: Split = "validation"
    index: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Rewind(Wire):
    """Go back to `step` (replayed exactly from the newest checkpoint before it) and pause there."""

    kind: Literal["rewind"] = "rewind"
    step: Annotated[int, Field(ge=0, le=2**31 - 1)]


Command = Annotated[
    Pause | Resume | Step | FinishEpoch | Stop | Pace | Set | Inspect | Rewind, Field(discriminator="kind")
]
