"""What the page weighs: `rows(url)` gives the benchmark's lines for the first load in Chromium."""

from __future__ import annotations

import gzip
import shutil
import statistics
from collections.abc import Iterator

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
LOADS = 5


def rows(url: str) -> Iterator[str]:
    """Script bytes of the first page, gzipped, and the time to its first paint."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        yield "page: not measured, because there is no chromium on PATH"
        return
    from playwright.sync_api import Page, Response, sync_playwright

    def load(page: Page) -> tuple[int, float]:
        bodies: list[bytes] = []

        def keep(response: Response) -> None:
            if response.request.resource_type == "script":
                bodies.append(response.body())

        page.on("response", keep)
        page.goto(url, wait_until="networkidle")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
        return sum(len(gzip.compress(body)) for body in bodies), float(paint)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found = []
        for _ in range(LOADS):
            context = browser.new_context()
            found.append(load(context.new_page()))
            context.close()
        browser.close()
    yield f"script of the first page, gzipped: {found[0][0] / 1024:.0f} KB (< 150 KB)"
    yield f"first paint on loopback: {statistics.median(paint for _, paint in found) / 1000:.2f} s (< 1 s)"
