"""Falls along half a cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.code import Code
from freedive.catalog.schedulers.base import SchedulerChoice

if TYPE_CHECKING:
    from torch import optim


class CosineDecay(SchedulerChoice):
    """From the learning rate to `lowest` along half a cosine over the whole job (Loshchilov and Hutter, 2017)."""

    kind: Literal["cosine"] = "cosine"
    lowest: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Learning rate at the end."""

    title: ClassVar[dict[str, str]] = {"en": "Cosine", "zh": "余弦衰减"}
    about: ClassVar[dict[str, str]] = {
        "en": "Falls slowly, then quickly, then slowly, to the end of the job.",
        "zh": "沿半个余弦曲线从初值降到终值。",
    }
    per = "step"

    def build(
        self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
    ) -> optim.lr_scheduler.CosineAnnealingLR:
        """torch.optim.lr_scheduler.CosineAnnealingLR over all steps."""
        from torch.optim.lr_scheduler import CosineAnnealingLR

        return CosineAnnealingLR(optimizer, T_max=total_steps, eta_min=self.lowest)

    def code(self) -> Code:
        """As source text."""
        return Code(
            ("import torch",),
            (),
            f"torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=total_steps, eta_min={self.lowest!r})",
        )
