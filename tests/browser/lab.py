"""What a person does and sees in the Training lab, in the words of the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PATIENCE = 60_000


def step(page: Page) -> int:
    """The step that the page shows."""
    return int(re.sub(r"\D", "", page.get_by_test_id("step").inner_text()))


def expect_soon(page: Page, read: Callable[[], object], wanted: object) -> None:
    """Until `read` gives what is wanted; what a page shows follows what it is told, a frame or a request later."""
    deadline = time.monotonic() + PATIENCE / 1000
    while (found := read()) != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(30)
    assert found == wanted


def wait_for_step(page: Page, least: int) -> None:
    """Until the page shows at least that step."""
    page.wait_for_function(
        "least => Number(document.querySelector('[data-testid=step]')?.textContent.replace(/\\D/g, '')) >= least",
        arg=least,
        timeout=PATIENCE,
    )


def expect_state(page: Page, state: str) -> None:
    """Until the job is in that state."""
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", state, timeout=PATIENCE)


def pixels(page: Page, panel: str) -> str:
    """The picture that a panel shows now."""
    canvas: Locator = page.get_by_role("region", name=panel, exact=True).locator("canvas").first
    drawn: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return drawn


def expect_redraw(page: Page, panel: str, before: str) -> None:
    """Until the panel shows another picture."""
    page.wait_for_function(
        """([panel, before]) => {
            const regions = [...document.querySelectorAll('section[aria-labelledby]')];
            const region = regions.find((one) => one.querySelector('h3')?.textContent === panel);
            const canvas = region?.querySelector('canvas');
            return canvas !== null && canvas !== undefined && canvas.toDataURL() !== before;
        }""",
        arg=[panel, before],
        timeout=PATIENCE,
    )


def expect_no_sideways_scroll(page: Page) -> None:
    """Nothing is wider than the window."""
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], f"the page is {widths[0]} wide in a window of {widths[1]}"
