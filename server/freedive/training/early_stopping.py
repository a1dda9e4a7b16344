"""Early stopping: when the validation loss has not improved for a while; it keeps the best weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from freedive.protocol.specs import EarlyStopping


class Stopper:
    """Looks at each evaluation of the validation split."""

    def __init__(self, rule: EarlyStopping) -> None:
        self.rule = rule
        self.best_loss = math.inf
        self.best_step: int | None = None
        self.waited = 0
        self.best: dict[str, Tensor] = {}
        """The model's tensors at `best_step`."""

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.rule.enabled and self.waited >= self.rule.patience

    def look(self, step: int, loss: float | None, model: nn.Module) -> None:
        """Take one evaluation into account; a loss that is not finite is no improvement."""
        if not self.rule.enabled:
            return
        if loss is not None and loss < self.best_loss - self.rule.min_delta:
            self.best_loss, self.best_step, self.waited = loss, step, 0
            self.best = {name: t.detach().clone() for name, t in model.state_dict().items()}
        else:
            self.waited += 1

    @torch.no_grad()
    def give_best(self, model: nn.Module) -> None:
        """Put the best weights back into the model."""
        if self.best:
            model.load_state_dict(self.best)

    def state(self) -> dict[str, Any]:
        """For a checkpoint, besides the tensors in `best`."""
        return {"best_loss": self.best_loss, "best_step": self.best_step, "waited": self.waited}

    def load(self, state: dict[str, Any], best: dict[str, Tensor]) -> None:
        """Take up where a checkpoint was."""
        self.best_loss, self.best_step, self.waited = state["best_loss"], state["best_step"], state["waited"]
        self.best = {name: t.clone() for name, t in best.items()}
