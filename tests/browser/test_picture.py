"""The lab as a whole, looked at once: no scroll at 1440 by 900, and the picture for the README."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .conftest import ROOT, Visit
from .lab import expect_state, wait_for_step


def test_the_lab_fits_one_screen(visit: Visit, start: Callable[..., str], tmp_path: Path) -> None:
    job = start("spirals", epochs=60)
    page = visit(f"/training/{job}", color_scheme="light", device_scale_factor=2)
    wait_for_step(page, 200)
    expect_state(page, "finished")
    sizes = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert sizes[0] <= sizes[1], "the page scrolls at 1440 by 900"
    # FREEDIVE_* is cleared for tests; this one is asked for by hand when the look has changed.
    target = ROOT / ".github" if os.environ.get("README_PICTURE") else tmp_path
    target.mkdir(exist_ok=True)
    page.screenshot(path=target / "training.png")
    assert (target / "training.png").stat().st_size > 50_000
