"""What a snippet draws, as a person sees it: true marks, colors of the snippet's own, named pictures, all within the panel."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .lab import PATIENCE, expect_no_sideways_scroll

HEAD = "import numpy as np\nimport matplotlib.pyplot as plt\n"
LINES = HEAD + (
    "plt.plot([0, 1, 2], [0, 1, 4], '-r', label='squares')\nplt.scatter([0, 2], [4, 0], label='some', color='#00ff00')\n"
    "plt.title('Squares')\nplt.xlabel('x')\nplt.legend()\nplt.gca().spines['top'].set_visible(False)\nplt.show()\n"
)
SURFACE = HEAD + (
    "x, y = np.meshgrid(np.linspace(-1, 1, 12), np.linspace(-1, 1, 12))\nplt.contourf(x, y, x * y, 6)\nplt.colorbar()\nplt.show()\n"
    "ax = plt.figure().add_subplot(projection='3d')\nax.plot_surface(x, y, x * y, cmap='viridis')\nplt.show()\n"
)


def draw(visit: Visit, source: str, **options: object) -> Page:
    page = visit(f"/lab?code={quote(source)}", **options)
    expect(page.get_by_role("tab", name="Figures")).to_be_visible(timeout=PATIENCE)
    return page


def pictures(page: Page) -> Locator:
    return page.get_by_role("region", name="Figures").locator("figure svg")


def test_lines_points_colors_and_names(visit: Visit) -> None:
    page = draw(visit, LINES)
    picture = page.get_by_role("img", name="Squares")
    expect(picture).to_be_visible(timeout=PATIENCE)
    expect(picture).to_have_accessible_name("Squares, x, squares: line through 3 points, some: 2 points")
    fills = picture.locator("path").evaluate_all(
        "all => all.map(e => [getComputedStyle(e).stroke, getComputedStyle(e).fill])"
    )
    assert [stroke for stroke, _ in fills].count("rgb(255, 0, 0)") == 2, "the line and its sign in the legend"
    assert [fill for _, fill in fills].count("rgb(0, 255, 0)") == 2
    assert sorted({text for text in picture.locator("text").all_text_contents() if text.isalpha()}) == [
        "Squares",
        "some",
        "squares",
        "x",
    ]
    expect(page.get_by_text("Not drawn: spines.")).to_be_visible()


def test_contours_and_surfaces_have_pictures_that_turn(visit: Visit) -> None:
    page = draw(visit, SURFACE)
    expect(pictures(page)).to_have_count(2, timeout=PATIENCE)
    bands, surface = pictures(page).nth(0), pictures(page).nth(1)
    assert (
        len(
            {
                fill
                for fill in bands.locator("path").evaluate_all(
                    "all => all.map(e => getComputedStyle(e).fill)"
                )
                if fill.startswith("rgb")
            }
        )
        > 6
    )
    before = surface.locator("path").evaluate_all("all => all.map(e => e.getAttribute('d')).join()")
    surface.focus()
    surface.press("ArrowLeft")
    page.wait_for_function(
        "before => [...document.querySelectorAll('figure svg')].at(-1).querySelectorAll('path').length > 0 && [...[...document.querySelectorAll('figure svg')].at(-1).querySelectorAll('path')].map(e => e.getAttribute('d')).join() !== before",
        arg=before,
        timeout=PATIENCE,
    )


def test_windows_of_visdom_stand_apart(visit: Visit) -> None:
    source = "from visdom import Visdom\nviz = Visdom()\nfor i in range(4):\n    viz.line([1. / (i + 1)], [i], win='loss', update='append')\n    viz.line([i * 1.], [i], win='acc', update='append')\n"
    page = draw(visit, source)
    expect(pictures(page)).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("figcaption")).to_have_text(["loss", "acc"])


@pytest.mark.parametrize("width", [390, 1440])
def test_words_of_a_figure_keep_inside_of_it(visit: Visit, width: int) -> None:
    source = HEAD + (
        "fig, ax = plt.subplots(1, 2)\nax[0].bar([f'a long category {i}' for i in range(9)], range(9))\nax[0].set_title('A title of some length')\n"
        "ax[1].plot([1e9, 1e9 + 1], label='a name')\nax[1].set_ylabel('value')\nax[1].legend()\nplt.show()\n"
    )
    page = visit(f"/lab?code={quote(source)}", width=width)
    if width < 600:
        page.get_by_role("tab", name="Picture").click()
    page.get_by_role("tab", name="Figures").click(timeout=PATIENCE)
    expect(pictures(page).first).to_be_visible(timeout=PATIENCE)
    beyond = pictures(page).first.evaluate(
        """svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 4 || box.right > frame.right + 4 || box.top < frame.top - 4 || box.bottom > frame.bottom + 4;
            }).map(text => text.textContent);
        }"""
    )
    assert beyond == []
    expect_no_sideways_scroll(page)


def test_a_data_frame_is_a_table(visit: Visit) -> None:
    source = "import pandas as pd\ndf = pd.DataFrame({'name': ['Ann', None], 'age': [31.5, float('nan')]}, index=['p', 'q'])\ndf\n"
    page = visit(f"/lab?code={quote(source)}")
    table = page.locator("table").first
    expect(table).to_be_visible(timeout=PATIENCE)
    expect(table.locator("thead th")).to_have_text(["index", "namestr", "agefloat64"])
    expect(table.locator("tbody tr").nth(0).locator("th, td")).to_have_text(["p", "Ann", "31.5"])
    expect(table.locator("tbody tr").nth(1).locator("td.missing")).to_have_count(2)


def test_what_dir_gives_is_a_list_to_read(visit: Visit) -> None:
    page = visit(f"/lab?code={quote('import torch' + chr(10) + 'dir(torch)')}")
    page.get_by_role("tab", name="Values").click(timeout=PATIENCE)
    names = page.locator("ul li")
    expect(names.filter(has_text="arange").first).to_be_visible(timeout=PATIENCE)
    assert names.count() > 300
