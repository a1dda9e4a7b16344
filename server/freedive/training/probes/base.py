"""Probe: one measurement inside training. One file each, listed in `__init__.py`, spaced by `schedule.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from freedive.training.state import TrainingState

if TYPE_CHECKING:
    from freedive.protocol.events import Snapshot


class Probe:
    """Measures a state between two steps and leaves it exactly as it was: no gradient, no mode, no random number."""

    name: ClassVar[str]
    """Type of the event it makes."""

    def __init__(self, state: TrainingState) -> None:
        self.state = state

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Whether the spec asks for it and model and data have what it shows."""
        raise TypeError(f"{cls.__name__} does not say what it fits")

    def measure(self) -> Snapshot:
        """The state as a snapshot event."""
        raise TypeError(f"{type(self).__name__} measures nothing")
