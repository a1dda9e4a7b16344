"""A picture on the page, traced back to the tensor that the server holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np

from .conftest import Visit
from .lab import expect_state

HEAD = 24
"""Pixels over the map, for its words."""
SAMPLES = 24


def array(tensor: dict[str, Any]) -> np.ndarray[Any, Any]:
    """A tensor of the REST interface as numbers."""
    codes = np.array(tensor["data"], dtype=float).reshape(tensor["shape"])
    if tensor["lo"] is None:
        return codes
    return np.asarray(tensor["lo"] + codes / 255 * (tensor["hi"] - tensor["lo"]))


def test_the_decision_map_has_the_sign_of_the_logits(
    visit: Visit, start: Callable[..., str], api: httpx.Client
) -> None:
    job = start("spirals", epochs=40)
    page = visit(f"/training/{job}?tab=output", width=390, height=844, color_scheme="light")
    expect_state(page, "finished")
    steps = api.get(f"/jobs/{job}").json()["step"]
    events = api.get(f"/jobs/{job}/snapshots", params={"step": steps, "types": "boundary"}).json()
    logits = array(events[0]["output"])[0]
    data = api.get(f"/jobs/{job}/events", params={"types": "data"}).json()[0]

    canvas = page.get_by_role("region", name="Output", exact=True).locator("canvas").first
    page.wait_for_function("canvas => canvas.width > 100", arg=canvas.element_handle())
    across, down = canvas.evaluate("canvas => [canvas.clientWidth, canvas.clientHeight]")
    size = min(across, down - HEAD - 40)
    x0, x1 = events[0]["x"]
    y0, y1 = events[0]["y"]
    points = array(data["inputs"])
    dots = np.stack(
        [(points[:, 0] - x0) / (x1 - x0) * size, HEAD + (y1 - points[:, 1]) / (y1 - y0) * size], 1
    )

    asked, signs = [], []
    side = logits.shape[0]
    for row in range(1, SAMPLES):
        for column in range(2, SAMPLES - 1):
            at = np.array([column / SAMPLES * size, HEAD + row / SAMPLES * size])
            i, j = round((1 - row / SAMPLES) * (side - 1)), round(column / SAMPLES * (side - 1))
            around = logits[i - 1 : i + 2, j - 1 : j + 2]
            certain = bool((around > 1).all() or (around < -1).all())
            if certain and np.hypot(*(dots - at).T).min() > 12:
                asked.append([int(at[0]), int(at[1])])
                signs.append(bool(logits[i, j] > 0))
    assert len(asked) > 60, "too few places away from the points"
    assert 10 < sum(signs) < len(signs) - 10, "both classes must be asked about"

    wrong: list[tuple[list[int], bool, list[int]]] = []
    end = time.monotonic() + 20  # the last picture may come a moment after the job's last state
    while time.monotonic() < end:
        pixels = canvas.evaluate(
            """(canvas, places) => {
                const ctx = canvas.getContext('2d');
                return places.map(([x, y]) => [...ctx.getImageData(x, y, 1, 1).data]);
            }""",
            asked,
        )
        # Vermilion is positive, blue negative.
        wrong = [
            (place, positive, pixel)
            for place, positive, pixel in zip(asked, signs, pixels, strict=True)
            if pixel[3] != 255 or (pixel[0] > pixel[2]) != positive
        ]
        if not wrong:
            break
        page.wait_for_timeout(100)
    assert not wrong, f"the map shows the wrong sign at {wrong}"
