"""axe-core, the common checker of accessibility, finds nothing on any page, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT, Visit
from .lab import PATIENCE, expect_state, wait_for_step

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"


def violations(page: Page) -> list[str]:
    """What axe finds, one line for each place: the rule, where, and what it wants."""
    page.evaluate(
        AXE.read_text("utf-8")
    )  # not as a script of the page: its own policy forbids others' scripts
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def in_theme(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.reload()


@pytest.mark.parametrize("path", ["/", "/training?recipe=spirals", "/training?recipe=mnist-lenet", "/jobs"])
def test_pages_without_a_job(visit: Visit, theme: str, path: str) -> None:
    page = visit(path)
    in_theme(page, theme)
    expect(page.locator("h1").first).to_be_attached(timeout=PATIENCE)
    page.wait_for_load_state("networkidle")
    assert not (found := violations(page)), "\n".join(found)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_job(visit: Visit, start: Callable[..., str], theme: str, width: int) -> None:
    job = start("spirals", pace=400, epochs=5000)
    page = visit(f"/training/{job}", width, 900)
    in_theme(page, theme)
    wait_for_step(page, 30)
    page.keyboard.press("Space")
    expect_state(page, "paused")
    assert not (found := violations(page)), "\n".join(found)


@pytest.mark.parametrize("view", ["parameters", "log", "code"])
def test_a_job_that_has_ended(visit: Visit, start: Callable[..., str], theme: str, view: str) -> None:
    page = visit(f"/training/{start('line', epochs=2)}?view={view}")
    in_theme(page, theme)
    expect_state(page, "finished")
    assert not (found := violations(page)), "\n".join(found)


def test_a_net_for_pictures(visit: Visit, start: Callable[..., str], theme: str) -> None:
    page = visit(f"/training/{start('mnist-lenet', pace=20)}")
    in_theme(page, theme)
    wait_for_step(page, 3)
    page.keyboard.press("Space")
    expect_state(page, "paused")
    assert not (found := violations(page)), "\n".join(found)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("example", ["broadcast", "conv2d"])
def test_the_lab(visit: Visit, theme: str, width: int, example: str) -> None:
    page = visit(f"/lab?example={example}", width, 900)
    in_theme(page, theme)
    expect(page.locator(".cm-content")).to_be_visible(timeout=PATIENCE)
    if width == 390:
        page.get_by_role("tab", name="Picture").click()
    expect(page.get_by_test_id("explanation")).to_be_visible(timeout=PATIENCE)
    page.wait_for_load_state("networkidle")
    assert not (found := violations(page)), "\n".join(found)
