"""tf.image: turning, cutting, resizing and colours of (batch,) height, width, channels."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.namespaces import TF, Versioned
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, dtype_of, run
from freedive.lab.importing import publish
from freedive.lab.kinds import Native
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor


def _image(value: Any) -> T:
    t = convert(value)
    if t.dim() not in (3, 4):
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    return t


def _resize(
    images: Any,
    size: Any,
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: Any = None,
) -> Any:
    t = _image(images)
    nearest = "nearest" in str(method).lower()
    height, width = shape_list(size)
    if preserve_aspect_ratio:
        share = min(height / t.shape[-3], width / t.shape[-2])
        height, width = round(t.shape[-3] * share), round(t.shape[-2] * share)
    mode = "nearest-exact" if nearest else "bicubic" if "cubic" in str(method).lower() else "bilinear"

    def scale(x: T, size: tuple[int, int]) -> T:
        inner = (x.unsqueeze(0) if x.dim() == 3 else x).movedim(-1, 1)
        made = F.interpolate(
            inner if nearest else inner.float(), size, mode=mode, antialias=bool(antialias) and not nearest
        ).movedim(1, -1)
        return made.squeeze(0) if x.dim() == 3 else made

    return run(_op("resize", scale, "movement", "meta"), (t, (height, width)))


def _turned(name: str, fn: Any) -> Native:
    op = _op(name, fn, "movement", "none")
    return Native(name, lambda image, *args, **kwargs: run(op, (_image(image), *args)))


def _by_chance(name: str, flip: Any) -> Native:
    op = _op(name, flip, "movement", "none")
    return Native(
        name,
        lambda image, seed=None: (
            run(op, (_image(image),)) if float(torch.rand(())) < 0.5 else EagerTensor(_image(image))
        ),
    )


def _gray(images: Any, name: Any = None) -> Any:
    weights = torch.tensor([0.2989, 0.587, 0.114])

    def mix(x: T) -> T:
        made = (x.float() * weights).sum(-1, keepdim=True)
        return made if x.is_floating_point() else made.to(x.dtype)

    return run(_op("rgb_to_grayscale", mix, "reduction", "none"), (_image(images),))


def _crop(image: Any, top: Any, left: Any, height: Any, width: Any) -> Any:
    t = _image(image)
    a, b, h, w = (int(v) for v in (top, left, height, width))
    if a + h > t.shape[-3] or b + w > t.shape[-2]:
        raise ValueError(
            "height must be >= target + offset."
            if a + h > t.shape[-3]
            else "width must be >= target + offset."
        )
    return run(
        _op("crop_to_bounding_box", lambda x: x[..., a : a + h, b : b + w, :], "indexing", "none"), (t,)
    )


def _central(image: Any, central_fraction: Any) -> Any:
    t = _image(image)
    share = float(central_fraction)
    if not 0 < share <= 1:
        raise ValueError("central_fraction must be within (0, 1]")
    top, left = (int((size - size * share) / 2) for size in t.shape[-3:-1])
    return _crop(image, top, left, t.shape[-3] - 2 * top, t.shape[-2] - 2 * left)


def _framed(image: Any, top: Any, left: Any, height: Any, width: Any) -> Any:
    t = _image(image)
    a, b, h, w = (int(v) for v in (top, left, height, width))
    widths = [0, 0, b, w - b - t.shape[-2], a, h - a - t.shape[-3]]
    return run(_op("pad_to_bounding_box", lambda x, pad: F.pad(x, pad), "movement", "padding"), (t, widths))


def _fit(image: Any, height: Any, width: Any) -> Any:
    t = _image(image)
    h, w = int(height), int(width)
    cut = _crop(
        image,
        max(0, (t.shape[-3] - h) // 2),
        max(0, (t.shape[-2] - w) // 2),
        min(h, t.shape[-3]),
        min(w, t.shape[-2]),
    )
    return _framed(cut, (h - cut.t.shape[-3]) // 2, (w - cut.t.shape[-2]) // 2, h, w)


def _random_crop(value: Any, size: Any, seed: Any = None, name: Any = None) -> Any:
    t, sizes = convert(value), shape_list(size)
    starts = [int(torch.randint(n - s + 1, ())) for n, s in zip(t.shape, sizes, strict=True)]
    index = tuple(slice(a, a + s) for a, s in zip(starts, sizes, strict=True))
    return run(_op("random_crop", lambda x: x[index], "indexing", "none"), (t,))


def _converted(image: Any, dtype: Any, saturate: bool = False, name: Any = None) -> Any:
    t, wanted = convert(image), dtype_of(dtype)

    def scale(x: T) -> T:
        if x.is_floating_point() == wanted.is_floating_point:
            return x.to(wanted)
        if wanted.is_floating_point:
            return x.to(wanted) / torch.iinfo(x.dtype).max
        return (x * (torch.iinfo(wanted).max + 0.5)).trunc().clamp(0, torch.iinfo(wanted).max).to(wanted)

    return run(_op("convert_image_dtype", scale, "elementwise"), (t,))


def _standard(image: Any) -> Any:
    def scale(x: T) -> T:
        x = x.float()
        axes = (-3, -2, -1)
        least = 1.0 / float(x.shape[-1] * x.shape[-2] * x.shape[-3]) ** 0.5
        return (x - x.mean(axes, keepdim=True)) / x.std(axes, correction=0, keepdim=True).clamp(min=least)

    return run(_op("per_image_standardization", scale, "normalization", "none"), (_image(image),))


def _contrast(images: Any, contrast_factor: Any) -> Any:
    factor = float(contrast_factor)

    def change(x: T) -> T:
        mean = x.mean((-3, -2), keepdim=True)
        return (x - mean) * factor + mean

    return run(_op("adjust_contrast", change, "elementwise", "none"), (_image(images),))


def _suppress(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: Any = None,
) -> Any:
    given, marks = convert(boxes), convert(scores)

    def keep(b: T, s: T) -> T:
        area = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
        kept: list[int] = []
        for k in torch.argsort(s, descending=True, stable=True).tolist():
            if len(kept) >= int(max_output_size) or float(s[k]) <= float(score_threshold):
                break
            low, high = torch.maximum(b[k, :2], b[kept, :2]), torch.minimum(b[k, 2:], b[kept, 2:])
            both = (high - low).clamp(min=0).prod(1)
            if not bool((both / (area[k] + area[kept] - both) > float(iou_threshold)).any()):
                kept.append(k)
        return torch.tensor(kept, dtype=torch.int32)

    return run(_op("non_max_suppression", keep, "indexing", "none"), (given, marks))


def _patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: Any = None) -> Any:
    """Every window of the pictures, laid flat along the channels."""
    from freedive.lab.dialects.tensorflow.neural import padded  # which loads this module

    (high, wide), step, rate = (
        tuple(int(v) for v in collect(given)[1:3]) for given in (sizes, strides, rates)
    )

    def cut(x: T) -> T:
        inner = x.movedim(-1, 1)
        if padding.upper() == "SAME":
            inner = padded(inner, [(high - 1) * rate[0] + 1, (wide - 1) * rate[1] + 1], list(step), padding)
        whole = inner.float() if not inner.is_floating_point() else inner
        flat = torch.nn.functional.unfold(whole, (high, wide), rate, 0, step)
        rows = (inner.shape[2] - (high - 1) * rate[0] - 1) // step[0] + 1
        columns = (inner.shape[3] - (wide - 1) * rate[1] - 1) // step[1] + 1
        parts = flat.reshape(len(x), x.shape[-1], high * wide, rows, columns)
        return parts.permute(0, 3, 4, 2, 1).reshape(len(x), rows, columns, -1).to(x.dtype)

    running.meter.elements(convert(images).numel() * high * wide)
    return run(_op("extract_patches", cut, "movement", "none"), (convert(images),))


def load() -> None:
    image = Versioned(
        "tensorflow.image", elsewhere={"resize_images": "in TensorFlow 2: tf.image.resize(images, size)"}
    )
    image.members.update(
        resize=Native("resize", _resize), rgb_to_grayscale=Native("rgb_to_grayscale", _gray), central_crop=Native("central_crop", _central),
        crop_to_bounding_box=Native("crop_to_bounding_box", _crop), pad_to_bounding_box=Native("pad_to_bounding_box", _framed),
        resize_with_crop_or_pad=Native("resize_with_crop_or_pad", _fit), convert_image_dtype=Native("convert_image_dtype", _converted),
        per_image_standardization=Native("per_image_standardization", _standard), adjust_contrast=Native("adjust_contrast", _contrast),
        adjust_brightness=Native("adjust_brightness", lambda image, delta: run(_op("adjust_brightness", lambda x: x + float(delta), "elementwise"), (convert(image),))),
        grayscale_to_rgb=_turned("grayscale_to_rgb", lambda x: x.repeat_interleave(3, -1)), flip_left_right=_turned("flip_left_right", lambda x: x.flip(-2)),
        flip_up_down=_turned("flip_up_down", lambda x: x.flip(-3)), rot90=_turned("rot90", lambda x, k=1: torch.rot90(x, int(k), (-3, -2))),
        transpose=_turned("transpose", lambda x: x.transpose(-3, -2)), random_crop=Native("random_crop", _random_crop),
        random_flip_left_right=_by_chance("random_flip_left_right", lambda x: x.flip(-2)), random_flip_up_down=_by_chance("random_flip_up_down", lambda x: x.flip(-3)),
        random_brightness=Native("random_brightness", lambda image, max_delta, seed=None: run(_op("random_brightness", lambda x, d: x + d, "elementwise"), (convert(image), (float(torch.rand(())) * 2 - 1) * float(max_delta)))),
        non_max_suppression=Native("non_max_suppression", _suppress),
    )  # fmt: skip
    image.members["extract_patches"] = Native("extract_patches", _patches)
    TF.members["image"] = image
    publish(image)
