"""TrainingState: all that changes while a job trains, from spec to first batch, one step, and back into a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from freedive.catalog.datasets.data import Data, Examples
from freedive.errors import BadSpec
from freedive.protocol.specs import TrainSpec
from freedive.training.checkpoint import Checkpoint, Record, fitting, spec_digest
from freedive.training.early_stopping import Stopper
from freedive.training.hyperparameters import dropouts
from freedive.training.recorder import Recorder
from freedive.training.sampler import Sampler

if TYPE_CHECKING:
    from freedive.protocol.commands import Split

SHARE_OF_GPU = 0.5
"""Data stays on the GPU where it takes at most this share of the free memory."""


class TrainingState:
    """Model, optimizer, schedule, sampler and random numbers; `advance` takes one step and nothing else does."""

    def __init__(self, spec: TrainSpec, data: Data, device: torch.device) -> None:
        self.spec = spec
        self.data = data
        self.device = device
        torch.manual_seed(spec.seed)
        shape = tuple(data.train.inputs.shape[1:])
        outputs = len(data.classes) if data.task == "multiclass" else data.train.targets.shape[1]
        self.model: nn.Module = spec.model.build(shape, outputs)
        spec.initialization.apply(self.model)
        self.model.to(device).train()
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.weights = [(n, p) for n, p in self.model.named_parameters() if p.requires_grad and p.ndim > 1]
        self.criterion = spec.loss.build().to(device)
        self.optimizer = spec.optimizer.build(self.parameters)
        self.sampler = Sampler(
            len(data.train),
            spec.batch_size,
            spec.seed,
            device,
            least=2 if _normalizes_batches(self.model) else 1,
        )
        self.total_steps = self.sampler.steps_left(spec.epochs)
        self.scheduler: Any = spec.scheduler.build(
            self.optimizer, self.total_steps, self.sampler.steps_per_epoch
        )
        self.schedule_per = spec.scheduler.per if self.scheduler is not None else "never"
        self.stopper = Stopper(spec.early_stopping)
        self.step = 0
        self.seconds = 0.0
        self.pace = spec.pace
        self.inspected: tuple[Split, int] = ("validation", 0)
        self.inputs, self.targets = self._place(data.train)
        self._resident = self.inputs.device.type == device.type
        self._l1, self._l2 = spec.regularization.l1, spec.regularization.l2
        self._max_norm = spec.clipping.max_norm if spec.clipping.enabled else None

    # ── one step ─────────────────────────────────────────────────────────────────────────────────────────────

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of the training examples at `index`, on the device."""
        if self._resident:
            return self.inputs.index_select(0, index), self.targets.index_select(0, index)
        index = index.to(self.inputs.device)
        pair = (self.inputs.index_select(0, index), self.targets.index_select(0, index))
        return tuple(t.pin_memory().to(self.device, non_blocking=True) for t in pair)  # type: ignore[return-value]

    def advance(self, recorder: Recorder | None = None) -> None:
        """Take one optimizer step. The numbers are the same whether it is recorded or not."""
        inputs, targets = self.batch(self.sampler.next())
        outputs = self.model(inputs)
        loss = self.criterion(outputs, targets)
        for parameter in self.parameters:
            parameter.grad = None
        torch.autograd.backward(self.penalized(loss))
        self.step += 1
        if recorder is not None:
            recorder.add(
                self.step, loss.detach(), outputs.detach(), targets, self.optimizer.param_groups[0]["lr"]
            )
        if self._max_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters, self._max_norm)
        self.optimizer.step()
        if self.schedule_per == "step":
            self.scheduler.step()

    def penalized(self, loss: Tensor) -> Tensor:
        """What is minimized: the loss with the L1 and L2 penalties of the weights; biases are left out."""
        if self._l1:
            loss = loss + self._l1 * torch.stack([w.abs().sum() for _, w in self.weights]).sum()
        if self._l2:
            loss = loss + self._l2 / 2 * torch.stack([w.square().sum() for _, w in self.weights]).sum()
        return loss

    @property
    def evaluation_due(self) -> bool:
        """Whether the step just taken is followed by an evaluation of the validation split."""
        every = self.spec.evaluate_every
        return self.step % every == 0 if every else self.sampler.at_epoch_start

    @property
    def needs_evaluations(self) -> bool:
        """Whether evaluations decide how training goes on, so that a replay needs them too."""
        return self.schedule_per == "evaluation" or self.stopper.rule.enabled

    def evaluated(self, loss: float | None) -> None:
        """Let the schedule and early stopping see a validation loss."""
        self.stopper.look(self.step, loss, self.model)
        if self.schedule_per == "evaluation":
            self.scheduler.step(float("inf") if loss is None else loss)

    def epoch_closed(self) -> None:
        """Let the schedule see that an epoch is over."""
        if self.schedule_per == "epoch":
            self.scheduler.step()

    @property
    def finished(self) -> bool:
        """Whether all epochs are done."""
        return self.sampler.epoch >= self.spec.epochs

    @property
    def finite(self) -> bool:
        """Whether no weight is NaN or infinite."""
        return all(bool(p.isfinite().all()) for p in self.model.parameters())

    # ── checkpoints ──────────────────────────────────────────────────────────────────────────────────────────

    def save(self, pinned: bool = False, weights: str = "last") -> Checkpoint:
        """A copy of everything, on the CPU."""
        optimizer = self.optimizer.state_dict()
        tensors = {f"model/{name}": _copy(t) for name, t in self.model.state_dict().items()}
        numbers: dict[str, dict[str, Any]] = {}
        for index, entries in optimizer["state"].items():
            for key, value in entries.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{key}"] = _copy(value)
                else:
                    numbers.setdefault(str(index), {})[key] = value
        tensors |= {f"best/{name}": _copy(t) for name, t in self.stopper.best.items()}
        tensors["rng/cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["rng/cuda"] = torch.cuda.get_rng_state(self.device)
        record = Record(
            step=self.step,
            epoch=self.sampler.epoch,
            offset=self.sampler.offset,
            batch_size=self.sampler.batch_size,
            seconds=self.seconds,
            digest=spec_digest(self.spec),
            optimizer_groups=optimizer["param_groups"],
            optimizer_numbers=numbers,
            scheduler=None if self.scheduler is None else self.scheduler.state_dict(),
            stopping=self.stopper.state(),
            dropout={name: layer.p for name, layer in dropouts(self.model).items()},
            pace=self.pace,
            inspected=self.inspected,
            pinned=pinned,
            weights=weights,
            total_steps=self.total_steps,
        )
        return Checkpoint(record, tensors)

    def load(self, checkpoint: Checkpoint) -> None:
        """Become what was saved. Raises BadSpec where it was saved by a job of another spec, Damaged where it does not fit."""
        record = checkpoint.record
        if record.digest != spec_digest(self.spec):
            raise BadSpec(
                f"The checkpoint at step {record.step} belongs to a job with another spec.",
                position="checkpoint",
                hint="Start a new job for a new spec; a fork keeps the spec of its parent.",
            )
        with fitting(record.step):
            self._become(checkpoint)

    def _become(self, checkpoint: Checkpoint) -> None:
        record = checkpoint.record
        self.model.load_state_dict(checkpoint.group("model"))
        entries: dict[int, dict[str, Any]] = {int(i): dict(n) for i, n in record.optimizer_numbers.items()}
        for name, tensor in checkpoint.group("optimizer").items():
            index, key = name.split("/", 1)
            entries.setdefault(int(index), {})[key] = tensor
        self.optimizer.load_state_dict({"state": entries, "param_groups": record.optimizer_groups})
        if self.scheduler is not None and record.scheduler is not None:
            self.scheduler.load_state_dict(record.scheduler)
        self.stopper.load(
            record.stopping, {n: t.to(self.device) for n, t in checkpoint.group("best").items()}
        )
        for name, layer in dropouts(self.model).items():
            layer.p = record.dropout[name]
        self.sampler.epoch, self.sampler.offset = record.epoch, record.offset
        self.sampler.batch_size = record.batch_size
        self.step, self.seconds, self.pace = record.step, record.seconds, record.pace
        self.inspected = record.inspected  # type: ignore[assignment]  # JSON keeps the split's name as text
        self.total_steps = record.total_steps
        torch.set_rng_state(checkpoint.tensors["rng/cpu"])
        if self.device.type == "cuda" and "rng/cuda" in checkpoint.tensors:
            torch.cuda.set_rng_state(checkpoint.tensors["rng/cuda"], self.device)

    def _place(self, examples: Examples) -> tuple[Tensor, Tensor]:
        """On the GPU as a whole where it fits, else on the CPU, from where batches are copied."""
        inputs, targets = examples.inputs, examples.targets
        if self.device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.device)
            if inputs.nbytes + targets.nbytes > SHARE_OF_GPU * free:
                self.sampler.device = torch.device("cpu")
                return inputs, targets
        return inputs.to(self.device), targets.to(self.device)


def _copy(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def _normalizes_batches(model: nn.Module) -> bool:
    return any(isinstance(m, nn.BatchNorm1d) for m in model.modules())
