"""The main journey: start, watch, pause, step, change, scrub, go on, fork, stop; and a second person beside it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from .conftest import Visit
from .lab import expect_redraw, expect_soon, expect_state, pixels, step, wait_for_step


def test_a_person_starts_watches_and_steers_a_job(visit: Visit) -> None:
    page = visit("/training?recipe=spirals&pace=200&epochs=5000")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/training/*")

    # It runs and the pictures move.
    expect_state(page, "running")
    wait_for_step(page, 20)
    curve, net = pixels(page, "Loss"), pixels(page, "Net")
    expect_redraw(page, "Loss", curve)
    expect_redraw(page, "Net", net)

    # Pause, then exactly one step.
    page.keyboard.press("Space")
    expect_state(page, "paused")
    paused = step(page)
    page.get_by_role("button", name="One step").click()
    wait_for_step(page, paused + 1)
    expect_state(page, "paused")
    assert step(page) == paused + 1

    # A change of the learning rate is told on the timeline and in the chart's words.
    slider = page.get_by_role("group", name="Acts at the next step").get_by_role(
        "slider", name="Learning rate"
    )
    slider.focus()
    slider.press("ArrowRight")
    marks = page.get_by_test_id("marks")
    expect(marks).to_contain_text("◇ lr")

    # Back in time: the page freezes there and says so; live returns.
    timeline = page.get_by_role("slider", name="Timeline")
    box = timeline.bounding_box()
    assert box is not None
    now = pixels(page, "Net")
    timeline.click(position={"x": box["width"] / 3, "y": box["height"] / 2})
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    expect_soon(page, lambda: step(page) < paused, True)
    expect(page.get_by_role("region", name="Loss", exact=True)).to_contain_text("at step")
    expect_redraw(page, "Net", now)
    expect_soon(page, lambda: f"step={step(page)}" in page.url, True)
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Live")).to_have_count(0)
    expect_soon(page, lambda: step(page), paused + 1)

    # On again, and stop.
    page.keyboard.press("Space")
    expect_state(page, "running")
    wait_for_step(page, paused + 20)
    page.get_by_role("button", name="More commands").click()
    page.get_by_role("menuitem", name="Stop the job").click()
    expect_state(page, "stopped")
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("log")).to_contain_text("Set Learning rate 0.02 →")
    expect(page.get_by_role("log")).to_contain_text("Stopped after")


def test_a_second_browser_sees_the_same_step(visit: Visit, start: Callable[..., str]) -> None:
    job = start("spirals", pace=200, epochs=5000)
    first = visit(f"/training/{job}")
    wait_for_step(first, 30)
    first.keyboard.press("Space")
    expect_state(first, "paused")

    second = visit(f"/training/{job}")
    expect_state(second, "paused")
    wait_for_step(second, step(first))
    expect_soon(second, lambda: step(second) - step(first), 0)
    expect(first.get_by_text("2 watching")).to_be_visible()

    next_step = step(first) + 1
    second.get_by_role("button", name="One step").click()
    wait_for_step(first, next_step)
    wait_for_step(second, next_step)
    expect_soon(first, lambda: (step(first), step(second)), (next_step, next_step))


def test_a_fork_goes_its_own_way_and_can_be_undone(visit: Visit, start: Callable[..., str]) -> None:
    job = start("spirals", pace=400, epochs=5000)
    page = visit(f"/training/{job}")
    wait_for_step(page, 40)
    page.keyboard.press("Space")
    expect_state(page, "paused")
    at = step(page)
    page.keyboard.press("f")
    expect(page.get_by_text("Forked at step")).to_be_visible()
    page.wait_for_url(lambda url: job not in url)
    expect(page.get_by_role("link", name="fork at")).to_be_visible()
    wait_for_step(page, at)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(f"**/training/{job}**")
    expect_state(page, "paused")


def test_what_cannot_be_is_said_in_words(visit: Visit, start: Callable[..., str]) -> None:
    job = start("line", optimizer__lr=50.0, loss__kind="mse")
    page = visit(f"/training/{job}")
    expect(page.get_by_text("Training left the finite numbers")).to_be_visible()
    page.get_by_role("button", name="Fork at").click()
    page.wait_for_url(lambda url: job not in url)

    gone = visit("/training/nosuchjob1", refusals=(404,))
    expect(gone.get_by_text("There is no job nosuchjob1")).to_be_visible()


def test_a_job_that_no_recipe_made_says_so(visit: Visit, api: httpx.Client) -> None:
    spec = api.get("/catalog").json()["recipes"][0]["spec"]
    job = api.post("/jobs", json={"spec": {**spec, "epochs": 1}}).json()["id"]
    for locale, words in (("en-US", "none of these"), ("zh-CN", "不来自配方")):
        page = visit(f"/training/{job}", locale=locale)
        expect(page.locator("#recipe option:checked")).to_have_text(words)
