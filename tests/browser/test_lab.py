"""The Tensor lab in a browser: a snippet becomes pictures, every one of real torch numbers."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .lab import PATIENCE, expect_no_sideways_scroll, expect_soon


def open_lab(visit: Visit, *, width: int = 1440, height: int = 900, **query: str) -> Page:
    page = visit(f"/lab?{urlencode(query)}", width, height)
    expect(page.locator(".cm-content")).to_be_visible(timeout=PATIENCE)
    return page


def picture(page: Page) -> Locator:
    return page.get_by_test_id("explanation")


def stage(page: Page, name: str) -> Locator:
    """The button of a stage of the explanation."""
    return page.get_by_role("group", name="Stages").get_by_role("button", name=name, exact=True)


def test_broadcast_is_explained_forward_and_backward(visit: Visit) -> None:
    page = open_lab(visit, example="broadcast")
    expect(picture(page)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    expect(picture(page)).to_contain_text("a.grad[2, 0] = 4 + 6 = 10")
    expect(picture(page)).to_contain_text("b.grad[0, 1] = 2 + 4 + 6 = 12")
    stage(page, "Stretch").click()
    expect(picture(page)).to_contain_text("stretch axis 1")
    expect_soon(page, lambda: picture(page).locator(".ghost").count() >= 7, True)
    expect(page.get_by_test_id("watch")).to_contain_text("[[ 2., 6., 10.]]")
    expect(page.get_by_test_id("counterparts")).to_contain_text("np.add")


def test_typing_runs_and_a_broken_snippet_keeps_the_last_picture(visit: Visit) -> None:
    page = open_lab(visit, code="import torch\nx = torch.arange(6.).reshape(2, 3)\ny = x.sum(dim=1)")
    expect(picture(page)).to_contain_text("y[0] = 0 + 1 + 2 = 3", timeout=PATIENCE)
    editor = page.locator(".cm-content")
    editor.press("Control+End")
    editor.press_sequentially("\nz = y *")
    expect(page.locator(".lab-problem")).to_contain_text("SyntaxError", timeout=PATIENCE)
    expect(page.get_by_text("the code does not parse").first).to_be_visible()
    expect(picture(page)).to_contain_text("y[0] = 0 + 1 + 2 = 3")
    editor.press_sequentially(" 10")
    expect(page.locator(".lab-problem")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".lab-result").last).to_contain_text("(2,)")
    expect(page).to_have_url(re.compile(r"z\+%3D\+y\+\*\+10"))


def test_a_dragged_number_changes_the_result(visit: Visit) -> None:
    page = open_lab(visit, code="import torch\nx = torch.full((2, 2), 3.)\ny = x * 2.")
    expect(page.locator(".lab-number")).to_have_count(4, timeout=PATIENCE)
    expect(page.locator(".lab-result")).to_have_count(2, timeout=PATIENCE)
    number = page.locator(".lab-number").last
    box = number.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 3 + 7 * 5, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(page.locator(".cm-content")).to_contain_text("x * 2.5")
    expect(picture(page)).to_contain_text("7.5", timeout=PATIENCE)
    page.locator(".cm-content").press("Alt+ArrowDown")
    expect(page.locator(".cm-content")).to_contain_text("x * 2.4")


def test_an_element_lights_up_its_sources_and_writes_its_sum_out(visit: Visit) -> None:
    page = open_lab(visit, example="matmul")
    expect(picture(page)).to_have_attribute("data-stage", "sum", timeout=PATIENCE)
    scene = picture(page).get_by_role("group")
    scene.focus()
    scene.press("ArrowRight")
    expect(picture(page).locator(".cell.on").first).to_be_attached()
    stage(page, "Result").click()
    picture(page).locator(".cell").last.hover()
    expect(picture(page)).to_contain_text("C[1, 1] = 4·0 + 5·1 + 6·3 = 23")
    # The row, the column and the cell itself.
    expect(picture(page).locator(".cell.on")).to_have_count(7)


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("shape-detective", r"16 differences where 4 were meant"),
        ("inplace-breaks", r"line 4 overwrote b, which exp on line 3"),
    ],
)
def test_what_is_quietly_wrong_is_found(visit: Visit, example: str, said: str) -> None:
    page = open_lab(visit, example=example)
    expect(page.get_by_test_id("finding")).to_contain_text(re.compile(said), timeout=PATIENCE)


def test_why_view_fails_and_what_expand_saves(visit: Visit) -> None:
    page = open_lab(visit, example="transpose-view")
    expect(picture(page)).to_contain_text("not contiguous", timeout=PATIENCE)
    expect(page.locator(".lab-problem")).to_contain_text("view size is not compatible")
    page = open_lab(visit, example="expand")
    memory = page.get_by_role("region", name="Memory")
    expect(memory).to_contain_text(
        "e reads 3 stored numbers 12 times. A copy would take 48 B.", timeout=PATIENCE
    )


def test_the_chain_rule_is_walked_in_numbers(visit: Visit) -> None:
    page = open_lab(visit, example="dot-grad")
    expect(page.get_by_test_id("chain")).to_have_text("∇dot = ∇y · ∂y/∂dot = 1 · 2 = 2", timeout=PATIENCE)
    page.get_by_role("button", name="Next edge").click()
    expect(page.get_by_test_id("chain")).to_contain_text("2 · [0, 1, 2, 3] = [0, 2, 4, 6]")
    expect(page.get_by_text("add up to [0, 4, 8, 12]")).to_be_visible()


@pytest.mark.parametrize(
    ("example", "result"),
    [
        ("second", "9.8"),
        ("tapes", "18"),
        ("module", "(2, 1)"),
        ("gather", "(2, 1)"),
        ("topk", "(2, 2) (2, 2)"),
    ],
)
def test_results_stand_beside_statements(visit: Visit, example: str, result: str) -> None:
    page = open_lab(visit, example=example)
    expect(page.locator(".lab-result", has_text=result).first).to_be_visible(timeout=PATIENCE)


def test_a_convolution_and_a_batched_product_are_written_out(visit: Visit) -> None:
    page = open_lab(visit, example="conv2d")
    expect(picture(page)).to_contain_text("y[0, 0, 0, 0] =", timeout=PATIENCE)
    page = open_lab(visit, example="matmul-4d")
    expect(picture(page)).to_contain_text("C[0, 0, 0, 0] = 0·0 + 1·2 + 2·4 = 10", timeout=PATIENCE)
    expect(picture(page)).to_contain_text("batch axes (2, 1), (1, 3) broadcast to (2, 3)")


def test_examples_open_and_chinese_is_spoken(visit: Visit) -> None:
    page = open_lab(visit, example="gluon")
    expect(page.get_by_test_id("output")).to_contain_text("2 ", timeout=PATIENCE)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Examples").click()
    page.get_by_role("dialog").get_by_text("PyTorch").click()
    page.get_by_role("button", name="softmax and its Jacobian").click()
    expect(stage(page, "Jacobian")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="切换为中文").click()
    expect(page.get_by_role("button", name="雅可比")).to_be_visible()


def test_the_phone_has_code_picture_and_watch(visit: Visit) -> None:
    page = open_lab(visit, example="broadcast", width=390, height=844)
    expect(page.locator(".lab-result").first).to_be_visible(timeout=PATIENCE)
    expect_no_sideways_scroll(page)
    page.get_by_role("tab", name="Picture").click()
    expect(picture(page)).to_contain_text("a.grad[2, 0] = 4 + 6 = 10")
    expect_no_sideways_scroll(page)
    page.get_by_role("tab", name="Watch").click()
    expect(page.get_by_test_id("watch")).to_be_visible()


LONG = """import torch
x = torch.zeros(1)
for i in range({turns}):
    x = x + torch.ones(300, 300).sum()
x"""


def test_what_needs_longer_can_run_for_a_minute_and_be_ended(visit: Visit) -> None:
    page = open_lab(visit, code=LONG.format(turns=10**7))
    offer = page.get_by_test_id("long-run")
    expect(offer).to_contain_text("up to a minute", timeout=PATIENCE)
    offer.get_by_role("button", name="Run longer").click()
    expect(offer).to_contain_text("Running for 1 s", timeout=PATIENCE)
    offer.get_by_role("button", name="End it").click()
    expect(offer.get_by_role("button", name="Run longer")).to_be_visible()
    page.locator(".cm-content").press("Control+End")
    page.locator(".cm-content").press_sequentially(".shape")
    expect(offer.get_by_role("button", name="Run longer")).to_be_visible(timeout=PATIENCE)
