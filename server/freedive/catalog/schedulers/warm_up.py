"""Starts small."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.code import Code, source
from freedive.catalog.schedulers.base import SchedulerChoice

if TYPE_CHECKING:
    from torch import optim


def warm_up(steps: int, total: int, cosine: bool) -> Callable[[int], float]:
    """Factor of the learning rate after `done` steps: rising to 1 over `steps`, then 1, or half a cosine to 0."""

    def factor(done: int) -> float:
        if done < steps:
            return (done + 1) / (steps + 1)
        if not cosine or total <= steps:
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - steps) / (total - steps))))

    return factor


class WarmUp(SchedulerChoice):
    """Rise to the learning rate over the first steps, then keep it or let it fall along half a cosine to 0."""

    kind: Literal["warm_up"] = "warm_up"
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Optimizer steps until the full learning rate."""
    then: Literal["constant", "cosine"] = "cosine"
    """What follows."""

    title: ClassVar[dict[str, str]] = {"en": "Warm-up", "zh": "预热"}
    about: ClassVar[dict[str, str]] = {
        "en": "Starts small, rises, then stays or falls.",
        "zh": "先由小升大，然后保持或下降。",
    }
    per = "step"

    def build(
        self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
    ) -> optim.lr_scheduler.LambdaLR:
        """torch.optim.lr_scheduler.LambdaLR with `warm_up`."""
        from torch.optim.lr_scheduler import LambdaLR

        return LambdaLR(optimizer, warm_up(self.steps, total_steps, self.then == "cosine"))

    def code(self) -> Code:
        """As source text."""
        return Code(
            ("import math", "import torch", "from collections.abc import Callable"),
            (source(warm_up),),
            f"torch.optim.lr_scheduler.LambdaLR(optimizer, warm_up({self.steps}, total_steps, {self.then == 'cosine'}))",
        )
