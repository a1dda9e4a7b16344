"""The explanation panel in a browser: played, stepped, scrubbed and still; named by the code; fitting; legible."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .lab import PATIENCE, expect_no_sideways_scroll, expect_soon

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
BROADCAST = (
    HEAD
    + "a = torch.arange(3.).reshape(3, 1).requires_grad_()\nb = torch.arange(2.).reshape(1, 2).requires_grad_()\n"
    "c = a + b; (c ** 2).sum().backward()"
)
GATHER = (
    HEAD + "x = torch.arange(12).reshape(3, 4)\nidx = torch.tensor([[0], [2], [1]])\ny = x.gather(1, idx)"
)
SHOWN = {
    "elementwise": "y = torch.ones(2, 1) + torch.ones(3)",
    "movement": "y = torch.arange(6).reshape(2, 3).t().contiguous()",
    "reduction": "y = torch.arange(6.).reshape(2, 3).sum(dim=1, keepdim=True)",
    "contraction": "y = torch.ones(2, 3) @ torch.ones(3, 2)",
    "window": "y = F.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))",
    "creation": "y = torch.eye(3)",
    "random": "y = torch.rand(20)",
    "inplace": "y = torch.zeros(3)\ny += 1",
    "activation": "y = torch.tanh(torch.linspace(-2, 2, 5))",
    "loss": "y = F.mse_loss(torch.ones(3), torch.zeros(3))",
    "layer": "y = nn.LSTM(2, 3)(torch.ones(4, 1, 2))",
    "normalization": "y = F.layer_norm(torch.arange(6.).reshape(2, 3), (3,))",
    "autograd": "x = torch.ones(2, requires_grad=True)\ny = (x ** 2).sum()\ny.backward()",
    "optimizer": "w = torch.ones(2, requires_grad=True)\no = torch.optim.SGD([w], lr=0.1)\nw.sum().backward()\no.step()",
}
"""A snippet for every kind of explanation whose last line shows it."""


def open_lab(visit: Visit, code: str, *, width: int = 1440, height: int = 900, **options: Any) -> Page:
    page = visit(f"/lab?{urlencode({'code': code})}", width, height, **options)
    expect(page.locator(".lab-result").first).to_be_visible(timeout=PATIENCE)
    return page


def picture(page: Page) -> Locator:
    return page.get_by_test_id("explanation")


def choose_last_line(page: Page) -> None:
    page.locator(".cm-content").press("Control+End")


def show(page: Page, code: str) -> None:
    """The picture of the last line of another snippet."""
    page.goto(f"/lab?{urlencode({'code': code})}")
    expect(page.locator(".lab-result").first).to_be_attached(timeout=PATIENCE)
    choose_last_line(page)


def stage(page: Page, name: str) -> Locator:
    """The button of a stage."""
    return page.get_by_role("group", name="Stages").get_by_role("button", name=name, exact=True)


def drawing(page: Page) -> str:
    """The picture as it is drawn now."""
    drawn: str = picture(page).locator("svg").evaluate("svg => svg.innerHTML")
    return drawn


def lit(page: Page) -> list[str]:
    """The cells that light up."""
    cells = picture(page).locator(".cell.on")
    names: list[str] = cells.evaluate_all("cells => cells.map((cell) => cell.dataset.cell)")
    return names


def test_playing_passes_every_stage_and_ends_with_the_last(visit: Visit) -> None:
    page = open_lab(visit, BROADCAST)
    expect(picture(page)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    whole = drawing(page)
    page.evaluate(
        """() => {
            const seen = (window.seen = []);
            const frame = document.querySelector('[data-testid=explanation]');
            new MutationObserver(() => seen.push(frame.dataset.stage)).observe(frame, { attributeFilter: ['data-stage'] });
        }"""
    )
    stage(page, "Align").click()
    page.get_by_role("group", name="Speed").get_by_text("2", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=PATIENCE)
    expect_soon(page, lambda: page.evaluate("window.seen"), ["align", "stretch", "result", "backward"])
    expect_soon(page, lambda: drawing(page), whole)


def test_keys_and_the_slider_move_between_stages(visit: Visit) -> None:
    page = open_lab(visit, BROADCAST)
    expect(picture(page)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    stage(page, "Backward").focus()
    for name in ("result", "stretch"):
        page.keyboard.press("ArrowLeft")
        expect(picture(page)).to_have_attribute("data-stage", name)
    page.keyboard.press("ArrowRight")
    expect(picture(page)).to_have_attribute("data-stage", "result")
    slider = page.get_by_role("slider", name="Stage")
    slider.fill("0.5")
    half = drawing(page)
    slider.fill("1")
    expect(picture(page)).to_have_attribute("data-stage", "stretch")
    expect_soon(page, lambda: drawing(page) != half, True)  # half way the ghosts are still growing
    expect(page.get_by_test_id("words")).to_contain_text(
        "a: 3 by 1 stretched along axis 1 to 3 by 2; nothing is copied."
    )


def test_less_motion_gives_the_same_pictures_without_travel(visit: Visit) -> None:
    moving = open_lab(visit, BROADCAST)
    expect(picture(moving)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    still = open_lab(visit, BROADCAST, reduced_motion="reduce")
    expect(picture(still)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    expect_soon(still, lambda: drawing(still) == drawing(moving), True)
    slider = still.get_by_role("slider", name="Stage")
    slider.fill("1")
    expect(picture(still)).to_have_attribute("data-stage", "stretch")
    stretched = drawing(still)
    for value in ("0.7", "1.3"):
        slider.fill(value)
        expect_soon(still, lambda: drawing(still), stretched)
    stage(still, "Align").click()
    still.get_by_role("button", name="Play", exact=True).click()
    expect(picture(still)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    expect_soon(still, lambda: drawing(still) == drawing(moving), True)


def test_the_picture_stays_where_it_is_between_stages(visit: Visit) -> None:
    page = open_lab(visit, BROADCAST)
    expect(picture(page)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    boxes = []
    for name in ("Align", "Stretch", "Result", "Backward"):
        stage(page, name).click()
        expect(picture(page)).to_have_attribute("data-stage", name.lower())
        boxes.append(picture(page).locator("svg").bounding_box())
    assert boxes == boxes[:1] * 4
    frame, drawn = picture(page).bounding_box(), boxes[0]
    assert frame is not None
    assert drawn is not None
    left, right = drawn["x"] - frame["x"], frame["x"] + frame["width"] - drawn["x"] - drawn["width"]
    assert abs(left - right) < 4, "it stands in the middle"


def test_operands_and_gradients_are_named_by_the_code(visit: Visit) -> None:
    page = open_lab(visit, HEAD + "t = torch.tensor(2., requires_grad=True)\ns = 4.9 * t ** 2\ns.backward()")
    page.locator(".cm-content").press("Control+End")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("region", name="s = 4.9 * t ** 2")).to_be_visible(timeout=PATIENCE)
    expect(picture(page)).to_contain_text("t ** 2")
    expect(picture(page)).to_contain_text("∂(t ** 2) = 1·4.9 = 4.9")


def test_an_element_lights_up_what_chose_it_and_its_gradient(visit: Visit) -> None:
    page = open_lab(visit, GATHER)
    choose_last_line(page)
    expect(stage(page, "Pick")).to_be_visible(timeout=PATIENCE)
    picture(page).locator("[data-cell='out0/1']").hover()
    expect_soon(page, lambda: sorted(lit(page)), ["by0/1", "in0/6", "out0/1"])
    expect(picture(page)).to_contain_text("y[1, 0] = x[1, 2] = 6")
    page = open_lab(visit, BROADCAST)
    expect(picture(page)).to_have_attribute("data-stage", "backward", timeout=PATIENCE)
    picture(page).locator("[data-cell='out/5']").hover()
    expect(picture(page)).to_contain_text("from a[2, 0], b[0, 1] · ∇ 6")
    its_gradient_and_where_it_goes = {"out/5", "back/out/5", "back/0/2", "back/1/1"}
    expect_soon(page, lambda: its_gradient_and_where_it_goes <= set(lit(page)), True)


def test_a_tangent_follows_the_pointer(visit: Visit) -> None:
    page = open_lab(visit, HEAD + "y = torch.sigmoid(torch.linspace(-4, 4, 9))")
    expect(stage(page, "Derivative")).to_be_visible(timeout=PATIENCE)
    picture(page).locator("[data-cell='in/4']").hover()
    expect(picture(page)).to_contain_text("tangent at x = 0: slope 0.25")


def test_every_kind_of_operation_has_a_picture(visit: Visit) -> None:
    page = open_lab(visit, BROADCAST)
    for kind, code in SHOWN.items():
        show(page, HEAD + code)
        expect(page.get_by_role("region", name=code.split("\n")[-1], exact=True), kind).to_be_visible(
            timeout=PATIENCE
        )
        expect(picture(page).locator(".cell").first, kind).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_test_id("words"), kind).not_to_be_empty()
        label = picture(page).get_by_role("group").first.get_attribute("aria-label")
        assert len(label or "") > 20, f"the picture of {kind} in words"


def test_sums_are_written_out(visit: Visit) -> None:
    page = open_lab(visit, BROADCAST)
    for code, said in (
        (SHOWN["optimizer"], "w[0] = 1 − 0.1 · 1 = 0.9"),
        (
            "l = F.mse_loss(torch.tensor([1., 2., 4.]), torch.tensor([1.5, 2., 2.]))",
            "l = (0.25 + 0 + 4) ÷ 3 = 1.417",
        ),
        ("i = torch.tensor([[3., 1., 4.], [1., 5., 9.]]).argmax(dim=1)", "i[0] = argmax(3, 1, 4) = 2"),
        ("y = torch.tensor([1., 2., 4.]).cumsum(0)", "y[2] = 1 + 2 + 4 = 7"),
        (SHOWN["normalization"], "(0 − 1) ÷ √(0.6667 + ε) = −1.225"),
        (
            "x = torch.ones(3, requires_grad=True)\ny = x.exp()\ny += 1\ny.sum().backward()",
            "Line 6 overwrote y",
        ),
    ):
        show(page, HEAD + code)
        expect(picture(page)).to_contain_text(said, timeout=PATIENCE)


def test_pictures_fit_a_phone(visit: Visit) -> None:
    page = open_lab(visit, BROADCAST, width=390, height=844)
    for kind in ("elementwise", "movement", "reduction", "activation", "loss", "normalization", "optimizer"):
        show(page, HEAD + SHOWN[kind])
        page.get_by_role("tab", name="Picture").click()
        expect(picture(page).locator(".cell").first, kind).to_be_visible(timeout=PATIENCE)
        expect_no_sideways_scroll(page)
        inside = (
            picture(page).get_by_role("group").evaluate("scene => [scene.scrollWidth, scene.clientWidth]")
        )
        assert inside[0] <= inside[1], kind


def test_what_does_not_fit_fades_and_scrolls(visit: Visit) -> None:
    page = open_lab(
        visit, HEAD + "x = torch.arange(48.).reshape(2, 3, 2, 4)\ny = x.transpose(1, 2)", height=620
    )
    choose_last_line(page)
    scene = picture(page).get_by_role("group")
    expect(picture(page).locator(".scene.bottom")).to_be_visible(timeout=PATIENCE)
    scene.evaluate("scene => scene.scrollTo(0, scene.scrollHeight)")
    expect(picture(page).locator(".scene.bottom")).to_have_count(0)
    expect(picture(page).locator(".scene.top")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_are_legible_on_every_color(visit: Visit, theme: str) -> None:
    page = open_lab(visit, GATHER, color_scheme=theme)
    choose_last_line(page)
    expect(picture(page).locator(".dim").first).to_be_visible(timeout=PATIENCE)
    ratios = (
        picture(page)
        .locator(".cell:has(.number)")
        .evaluate_all(
            """cells => {
            const parse = (color) => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const light = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const page = parse(getComputedStyle(document.querySelector('[data-testid=explanation]').closest('section')).backgroundColor);
            return cells.map((cell) => {
                const rect = getComputedStyle(cell.querySelector('rect'));
                const share = rect.fill === 'none' ? 0 : Number(rect.fillOpacity);
                const fill = rect.fill === 'none' ? page : parse(rect.fill);
                const under = fill.map((c, i) => share * c + (1 - share) * page[i]);
                const [a, b] = [light(under), light(parse(getComputedStyle(cell.querySelector('.number')).fill))];
                return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            });
        }"""
        )
    )
    assert len(ratios) == 18
    assert min(ratios) >= 4.5, ratios
