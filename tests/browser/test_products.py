"""Products, windows and large tensors in a browser: one cell is looked at, written out, and followed with keys and clicks."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .lab import PATIENCE, expect_no_sideways_scroll

BATCHED = "import torch\ntorch.manual_seed(0)\nA = torch.randn(4, 3, 28, 64)\nB = torch.randn(4, 1, 64, 32)\nC = A @ B"
PADDED = (
    "import torch\nimport torch.nn.functional as F\ntorch.manual_seed(0)\nx = torch.randn(1, 2, 6, 6)\n"
    "w = torch.randn(3, 2, 3, 3)\ny = F.conv2d(x, w, padding=1)"
)
LEARNED = (
    "import torch\nA = torch.arange(6.).reshape(2, 3).requires_grad_()\n"
    "B = torch.tensor([[0., 1.], [1., 0.], [2., 2.]], requires_grad=True)\nC = A @ B\n(C ** 2).sum().backward()"
)


def open_lab(visit: Visit, code: str, width: int = 1440, height: int = 900) -> Page:
    return visit(f"/lab?{urlencode({'code': code})}", width, height)


def picture(page: Page) -> Locator:
    return page.get_by_test_id("explanation")


def told(api: httpx.Client, code: str, op: str, cell: list[int]) -> dict[str, Any]:
    """What the server says of that cell."""
    answer = api.post("/evaluate", json={"source": code}).json()
    number = next(each["id"] for each in answer["ops"] if each["name"] == op)
    looked = api.post("/evaluate", json={"source": code, "look": {"op": number, "cell": cell}}).json()[
        "looked"
    ]
    assert looked["cell"] == cell
    return dict(looked)


def short(value: float) -> str:
    """A number of four digits as the page writes it."""
    return f"{float(f'{value:.4g}'):g}".replace("-", "−")


def test_a_large_batched_product_is_drawn_and_followed(visit: Visit, api: httpx.Client) -> None:
    page = open_lab(visit, BATCHED)
    expect(picture(page)).to_contain_text("C[0, 0, 0, 0] = ", timeout=PATIENCE)
    expect(picture(page)).to_contain_text("batch axes (4, 3), (4, 1) broadcast to (4, 3)")
    expect(picture(page)).to_contain_text("each read 3 times")
    expect(picture(page).locator("[data-picture]")).to_have_count(3)
    scene = picture(page).get_by_role("group")
    scene.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        scene.press(key)
    expect(picture(page)).to_contain_text("C[0, 0, 1, 2] = ", timeout=PATIENCE)
    expect(picture(page)).to_contain_text(short(told(api, BATCHED, "matmul", [0, 0, 1, 2])["value"]))
    # The square of another batch goes to the same row and column there.
    picture(page).locator("[data-cell='batch/2/7']").click()
    expect(picture(page)).to_contain_text("C[2, 1, 1, 2] = ", timeout=PATIENCE)
    expect(picture(page)).to_contain_text(short(told(api, BATCHED, "matmul", [2, 1, 1, 2])["value"]))
    box = picture(page).locator("[data-picture='out/picture']").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 1, box["y"] + box["height"] - 1)
    expect(picture(page)).to_contain_text("C[2, 1, 27, 31] = ", timeout=PATIENCE)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_convolution_is_read_in_full(visit: Visit, api: httpx.Client, width: int, height: int) -> None:
    page = open_lab(visit, PADDED, width, height)
    if width < 900:
        page.get_by_role("tab", name="Picture").click()
    looked = told(api, PADDED, "conv2d", [0, 0, 0, 0])
    expect(picture(page)).to_contain_text("y[0, 0, 0, 0] = ", timeout=PATIENCE)
    expect(picture(page)).to_contain_text("All 18 products, over all channels")
    said = re.compile(re.escape(f"y[0, 0, 0, 0] = {short(looked['value'])}, from 18 cells in 2 channels."))
    expect(picture(page).get_by_role("group")).to_have_attribute("aria-label", said)
    outside = sum(any(at < 0 for at in place) for place in looked["inputs"][0]["picked"])
    hatched = picture(page).locator("[data-cell^='terms/x'].padding")
    expect(hatched).to_have_count(outside)
    frame = page.locator(".scene").first
    hidden = frame.evaluate(
        "each => [each.scrollWidth - each.clientWidth, each.scrollHeight - each.clientHeight]"
    )
    assert max(hidden) <= 1
    expect_no_sideways_scroll(page)


def test_a_product_goes_backward_in_numbers(visit: Visit) -> None:
    page = open_lab(visit, LEARNED)
    expect(picture(page)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    expect(picture(page)).to_contain_text("A.grad = ∇C @ B.T")
    expect(picture(page)).to_contain_text("B.grad = A.T @ ∇C")
    numbers = picture(page).locator("[data-cell^='back1/made/'] text")
    expect(numbers).to_have_text(["84", "78", "122", "112", "160", "146"])


def test_large_tensors_show_the_part_around_the_cell(visit: Visit) -> None:
    code = "import torch\na = torch.arange(200.).reshape(200, 1)\nb = torch.arange(300.)\nc = a - b"
    page = open_lab(visit, code)
    expect(picture(page)).to_have_attribute("data-stage", "closely", timeout=PATIENCE)
    expect(picture(page)).to_contain_text("c[0, 0] = 0 − 0 = 0")
    expect(picture(page)).to_contain_text("rows 0–63 of 200, columns 0–63 of 300")
    scene = picture(page).get_by_role("group")
    scene.focus()
    scene.press("ArrowDown")
    expect(picture(page)).to_contain_text("c[1, 0] = 1 − 0 = 1", timeout=PATIENCE)


def test_a_product_of_which_no_cell_is_told_shows_its_axes(visit: Visit) -> None:
    code = "import torch\na = torch.ones(2, 3, dtype=torch.complex64)\nb = torch.ones(3, 4, dtype=torch.complex64)\nc = a @ b"
    page = open_lab(visit, code)
    expect(picture(page).locator("svg text")).to_have_text(
        ["a", "2", "3", "b", "3", "4", "c", "2", "4"], timeout=PATIENCE
    )
