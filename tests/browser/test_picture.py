"""The lab as a whole, looked at once: no scroll at 1440 by 900, and the picture for the README."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import expect

from .conftest import ROOT, Visit
from .lab import expect_state, wait_for_step


def test_the_lab_fits_one_screen(
    visit: Visit, start: Callable[..., str], api: httpx.Client, tmp_path: Path
) -> None:
    # FREEDIVE_* is cleared for tests; this one is asked for by hand when the look has changed.
    is_wanted = bool(os.environ.get("README_PICTURE"))
    changed, paused = (350, 900) if is_wanted else (30, 80)
    job = start("spirals", pace=120, epochs=1000)
    page = visit(f"/training/{job}", color_scheme="light", device_scale_factor=1.5)
    wait_for_step(page, changed)
    commands = f"/jobs/{job}/commands"
    assert api.post(commands, json={"kind": "set", "changes": {"lr": 0.008}}).is_success
    wait_for_step(page, paused)
    assert api.post(commands, json={"kind": "pause"}).is_success
    expect_state(page, "paused")
    expect(page.get_by_test_id("marks")).to_contain_text("◇ lr 0.008")
    sizes = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert sizes[0] <= sizes[1], "the page scrolls at 1440 by 900"
    target = ROOT / ".github" if is_wanted else tmp_path
    target.mkdir(exist_ok=True)
    page.screenshot(path=target / "training.png")
    assert (target / "training.png").stat().st_size > 50_000
