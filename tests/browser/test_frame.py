"""The frame around the lab: language, theme, phones, the list of jobs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .lab import expect_no_sideways_scroll, expect_state, wait_for_step


def test_language_and_theme_are_switched_and_kept(visit: Visit) -> None:
    page = visit("/training?recipe=spirals", color_scheme="light", locale="en-US")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="切换为中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.get_by_role("button", name="开始", exact=True)).to_be_visible()
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="深色主题").click()
    page.wait_for_function(f"before => {background} !== before", arg=light)
    page.reload()
    expect(page.get_by_role("button", name="开始", exact=True)).to_be_visible()
    page.wait_for_function(f"before => {background} !== before", arg=light)


@pytest.mark.parametrize(("width", "recipe"), [(390, "spirals"), (360, "mnist-mlp")])
def test_a_phone_never_scrolls_sideways(
    visit: Visit, start: Callable[..., str], width: int, recipe: str
) -> None:
    job = start(recipe, epochs=1)
    page = visit(f"/training/{job}", width=width, height=844, has_touch=True, is_mobile=True)
    expect_state(page, "finished")
    for tab in ("Output", "Net", "Gradients", "Code", "Spec"):
        page.get_by_role("tablist", name="Training lab").get_by_role("tab", name=tab, exact=True).click()
        expect_no_sideways_scroll(page)
        if tab == "Output" and recipe == "mnist-mlp":  # what the net was shown, beside what it answers
            output = page.get_by_role("region", name="Output", exact=True)
            expect(output.get_by_role("img")).to_have_count(2)
            expect(output.get_by_role("group", name="Example shown")).to_be_visible()
    play = page.get_by_role("button", name="Play", exact=False).first.bounding_box()
    assert play is not None
    assert min(play["width"], play["height"]) >= 44
    for path in ("/", "/jobs", "/training?recipe=mnist-lenet"):
        page.goto(path)
        expect(page.get_by_role("main")).not_to_be_empty()
        expect_no_sideways_scroll(page)


def test_a_job_is_deleted_and_brought_back(visit: Visit, start: Callable[..., str]) -> None:
    job = start("gaussians", epochs=1)
    page = visit(f"/training/{job}")
    expect_state(page, "finished")
    page.goto("/jobs")
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/training/{job}"]'))
    expect(row).to_be_visible()
    row.get_by_role("button", name="more").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()


def test_one_panel_stands_alone_in_a_frame(visit: Visit, start: Callable[..., str]) -> None:
    job = start("spirals", epochs=3)
    page = visit(f"/training/{job}?panel=loss&bare", width=480, height=270)
    expect(page.get_by_role("region")).to_have_count(1)
    expect(page.get_by_role("region", name="Loss", exact=True).locator("canvas")).to_be_visible()
    expect(page.get_by_role("banner")).to_have_count(0)
    expect_no_sideways_scroll(page)
    page.goto(f"/training/{job}?panel=net")
    expect(page.get_by_role("region", name="Net", exact=True)).to_be_visible()
    expect(page.get_by_role("slider", name="Timeline")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("dataset=table", ["Upload"]),
        ("dataset=nonsense&pace=fast&seed=x", ["dataset", "pace", "seed", "does not have"]),
        ("dataset.noise=much", ["dataset.noise"]),
    ],
)
def test_a_link_written_by_hand_opens_the_form(visit: Visit, query: str, said: list[str]) -> None:
    page = visit(f"/training?{query}")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    for words in said:
        expect(page.locator("aside")).to_contain_text(words)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1280, 720), (1440, 900)])
def test_sliders_stand_below_the_pictures(
    visit: Visit, start: Callable[..., str], width: int, height: int
) -> None:
    page = visit(f"/training/{start('mnist-lenet', pace=20)}", width, height)
    wait_for_step(page, 1)
    predictions = page.get_by_role("region", name="Predictions", exact=True)
    expect(predictions.get_by_role("listitem").first).to_be_visible()
    sliders = page.get_by_role("group", name="Acts at the next step")
    boxes = [each.bounding_box() for each in (predictions, predictions.locator("ul"), sliders)]
    panel, pictures, below = [box for box in boxes if box is not None]
    assert panel["y"] + panel["height"] <= below["y"]
    reach = predictions.get_by_role("group").bounding_box()
    assert reach is not None
    assert reach["y"] + reach["height"] <= panel["y"] + panel["height"], "what does not fit scrolls inside"
    assert pictures["width"] <= panel["width"]
