"""mxnet.lr_scheduler, gluon.utils and gluon.data.vision: what stands around a training loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.dialects.mxnet.functions import MXNET
from freedive.lab.dialects.mxnet.gluon import GLUON
from freedive.lab.dialects.mxnet.values import NDArray, NdOp, bare
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Native
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.running import running

Tensor = torch.Tensor


class Schedule(Callable_):
    """A learning rate that depends on the number of updates, after a warm-up."""

    def __init__(
        self,
        name: str,
        at: Callable[[int], float],
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0.0,
        base_lr: float = 0.01,
    ) -> None:
        self.name, self.at = name, at
        self.warm, self.low, self.high = int(warmup_steps), float(warmup_begin_lr), float(base_lr)

    def value(self, step: int) -> float:
        if step < self.warm:
            return self.low + (self.high - self.low) * step / self.warm
        return self.at(step)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.value(int(args[0] if args else kwargs["num_update"]))


def _factor(
    step: int, factor: float = 1.0, stop_factor_lr: float = 1e-8, base_lr: float = 0.01, **warm: Any
) -> Schedule:
    return Schedule(
        "FactorScheduler",
        lambda n: max(stop_factor_lr, base_lr * factor ** max(0, (n - 1) // step)),
        base_lr=base_lr,
        **_warm(warm),
    )


def _multi(step: Any, factor: float = 1.0, base_lr: float = 0.01, **warm: Any) -> Schedule:
    cuts = collect(step)
    return Schedule(
        "MultiFactorScheduler",
        lambda n: base_lr * factor ** sum(n > c for c in cuts),
        base_lr=base_lr,
        **_warm(warm),
    )


def _poly(
    max_update: int, base_lr: float = 0.01, pwr: float = 2, final_lr: float = 0, **warm: Any
) -> Schedule:
    start = int(warm.get("warmup_steps", 0))
    return Schedule(
        "PolyScheduler",
        lambda n: (
            final_lr
            + (base_lr - final_lr)
            * (1 - min(n - start, max_update - start) / max(1, max_update - start)) ** pwr
        ),
        base_lr=base_lr,
        **_warm(warm),
    )


def _cosine(max_update: int, base_lr: float = 0.01, final_lr: float = 0, **warm: Any) -> Schedule:
    start = int(warm.get("warmup_steps", 0))
    return Schedule(
        "CosineScheduler",
        lambda n: (
            final_lr
            + (base_lr - final_lr)
            * (1 + math.cos(math.pi * min(n - start, max_update - start) / max(1, max_update - start)))
            / 2
        ),
        base_lr=base_lr,
        **_warm(warm),
    )


def _warm(given: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k in ("warmup_steps", "warmup_begin_lr")}


# ------------------------------------------------------------ gluon.utils
def _split(data: NDArray, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[NDArray]:
    if even_split and data.data.shape[batch_axis] % num_slice:
        raise ValueError(
            f"data with shape {tuple(data.data.shape)} cannot be evenly split into {num_slice} slices along axis {batch_axis}."
        )
    return [type(data)(part) for part in torch.tensor_split(data.data, num_slice, batch_axis)]


def _split_load(data: Any, ctx_list: Any, batch_axis: int = 0, even_split: bool = True) -> list[NDArray]:
    return _split(data, len(collect(ctx_list)), batch_axis, even_split)


def _clip(arrays: Any, max_norm: float, check_isfinite: bool = True) -> float:
    items = collect(arrays)
    total = math.sqrt(sum(float((a.data.detach() ** 2).sum()) for a in items))
    with torch.no_grad():
        for a in items:
            a.data.mul_(min(1.0, float(max_norm) / (total + 1e-8)))
    return total


# ------------------------------------------------------------ transforms
class Transform(Callable_):
    """A change of one picture."""

    def __init__(self, name: str, change: Callable[[Any], Any]) -> None:
        self.name, self.change = name, change

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.change(args[0])


def _compose(transforms: Any) -> Transform:
    def change(x: Any) -> Any:
        for each in collect(transforms):
            x = running.call(each, (x,))
        return x

    return Transform("Compose", change)


def _op(name: str, fn: Callable[[Tensor], Tensor], kind: str = "elementwise") -> Transform:
    return Transform(name, lambda x: NdOp(name, fn, kind).call((x,), {}))


def _standardized(mean: Any = 0.0, std: Any = 1.0) -> Transform:
    def shaped(value: Any) -> Tensor:
        return torch.as_tensor(bare(value), dtype=torch.float32).reshape(-1, 1, 1)

    return _op("Normalize", lambda x: (x - shaped(mean)) / shaped(std))


def _resized(size: Any, keep_ratio: bool = False, interpolation: int = 1) -> Transform:
    wide, high = (size, size) if isinstance(size, int) else collect(size)
    scale = torch.nn.functional.interpolate
    return _op(
        "Resize",
        lambda x: scale(x.float().movedim(-1, 0)[None], (int(high), int(wide)), mode="bilinear")[0].movedim(
            0, -1
        ),
        "movement",
    )


def _elsewhere(*args: Any, **kwargs: Any) -> Any:
    error = OSError("the lab has no network and no files, so data sets cannot be loaded here")
    error.hint = "train on MNIST on the training page, or make data with nd.random in the lab"  # type: ignore[attr-defined]
    raise error


def load() -> None:
    schedules = Namespace("mxnet.lr_scheduler", {
        "FactorScheduler": Native("FactorScheduler", _factor), "MultiFactorScheduler": Native("MultiFactorScheduler", _multi),
        "PolyScheduler": Native("PolyScheduler", _poly), "CosineScheduler": Native("CosineScheduler", _cosine),
    })  # fmt: skip
    utils = Namespace("mxnet.gluon.utils", {
        "split_data": Native("split_data", _split), "split_and_load": Native("split_and_load", _split_load),
        "clip_global_norm": Native("clip_global_norm", _clip), "download": Native("download", _elsewhere),
    })  # fmt: skip
    transforms = Namespace("mxnet.gluon.data.vision.transforms", {
        "Compose": Native("Compose", _compose), "Normalize": Native("Normalize", _standardized), "Resize": Native("Resize", _resized),
        "ToTensor": Native("ToTensor", lambda: _op("ToTensor", lambda x: x.float().movedim(-1, -3) / 255, "movement")),
        "Cast": Native("Cast", lambda dtype="float32": _op("Cast", lambda x: x.float())),
        "RandomFlipLeftRight": Native("RandomFlipLeftRight", lambda p=0.5: _op("RandomFlipLeftRight", lambda x: x.flip(-2) if float(torch.rand(())) < p else x, "movement")),
    })  # fmt: skip
    vision = Namespace("mxnet.gluon.data.vision", {"transforms": transforms})
    for name in ("MNIST", "FashionMNIST", "CIFAR10", "CIFAR100", "ImageFolderDataset"):
        vision.members[name] = Native(name, _elsewhere)
    GLUON.members["data"].members["vision"] = vision
    GLUON.members["utils"] = utils
    MXNET.members["lr_scheduler"] = schedules
    publish(schedules, utils, vision, transforms)
