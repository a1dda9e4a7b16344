"""How long it takes until something is seen: `rows(url)` gives the benchmark's lines for the pages in Chromium.

Each figure ends in the first task after the animation frame that drew the thing: the page's own work is done there, and
what is left is the compositor's. The page is not changed for it: a script that runs before the page's own notes when
keys, answers and socket messages came, and which frame drew what belongs to them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
FRAME = 1000 / 60
PATIENCE = 30_000

METER = """
(() => {
  const meter = { answers: [], frames: [], long: [], keyed: 0, expected: null, seen: null, edits: [], shown: [], messages: [], waiting: [], pixels: [], drawn: false, canvas: null };
  window.meter = meter;
  const { port1, port2 } = new MessageChannel();
  const after = [];
  port1.onmessage = () => { for (const work of after.splice(0)) work(performance.now()); };
  meter.painted = (work) => requestAnimationFrame(() => { after.push(work); port2.postMessage(0); });

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name.endsWith('/evaluate')) meter.answers.push([entry.startTime, entry.responseEnd]);
  }).observe({ type: 'resource', buffered: true });
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) meter.long.push(entry.duration); }).observe({ type: 'longtask' });

  const beat = (now) => { meter.frames.push(now); requestAnimationFrame(beat); };
  requestAnimationFrame(beat);

  // The lab: `numbered` is the result beside the statement whose number is typed or dragged.
  addEventListener('keydown', (event) => (meter.keyed = event.timeStamp), true);
  let moved = 0;
  addEventListener('pointermove', (event) => (moved = event.timeStamp), true);
  meter.follow = (root, statement, line) => {
    let last = null, code = null;
    new MutationObserver(() => {
      const text = root.querySelectorAll('.cm-line')[line]?.textContent.match(/tensor\\(([0-9.]+)\\)/)?.[1];
      if (text !== undefined && Number(text) !== code) meter.edits.push([(code = Number(text)), moved]);
      const result = root.querySelector(`.lab-result[data-statement="${statement}"] .lab-value`)?.textContent;
      if (result === undefined || Number(result) === last) return;
      const value = (last = Number(result));
      meter.painted((now) => {
        meter.shown.push([value, now]);
        if (meter.expected === value && meter.seen === null) meter.seen = now;
      });
    }).observe(root, { subtree: true, childList: true, characterData: true });
  };

  // The training page: which frame drew the loss after a message with metrics, and when the worker had stamped it.
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas === meter.canvas && !meter.drawn) {
      meter.drawn = true;
      const mine = meter.waiting.splice(0);
      after.push((now) => { meter.drawn = false; for (const [stamp, came] of mine) meter.pixels.push([stamp, came, now]); });
      port2.postMessage(0);
    }
    return clear.apply(this, box);
  };
  const TYPE = [...'\\u00a4type\\u00a7metrics'].map((letter) => letter.charCodeAt(0));
  const TIME = [...'\\u00a4time\\u00cb'].map((letter) => letter.charCodeAt(0));
  const find = (bytes, what, from) => {
    for (let at = bytes.indexOf(what[0], from); at >= 0; at = bytes.indexOf(what[0], at + 1))
      if (what.every((byte, i) => bytes[at + i] === byte)) return at;
    return -1;
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (!(data instanceof ArrayBuffer)) return;
        const came = performance.now(), bytes = new Uint8Array(data), view = new DataView(data);
        for (let at = find(bytes, TYPE, 0); at >= 0; at = find(bytes, TYPE, at + 1)) {
          const time = find(bytes, TIME, at);
          if (time >= 0) meter.waiting.push([view.getFloat64(time + TIME.length) * 1000 - performance.timeOrigin, came]);
        }
      });
    }
  };
})();
"""
"""`performance.timeOrigin` turns the worker's time of day into the page's: both are clocks of one machine."""

SNIPPET = """import torch
seed = {seed}
s = torch.tensor({number})
w = torch.randn(3, 2, requires_grad=True)
x = torch.arange(12.).reshape(4, 3)
loss = ((x @ w) * s).mean()
loss.backward()
"""
STATEMENT = 2
DIGITS = 6
"""As many as the page shows of a whole number before it rounds."""


def percentile(values: Sequence[float], share: float) -> float:
    """Of a few numbers, as they are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


@contextmanager
def chromium() -> Iterator[Any]:
    """A way to open pages at 1440x900 that carry the meter."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)

        def opened(address: str) -> Page:
            page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(METER)
            page.goto(address)
            return page

        try:
            yield opened
        finally:
            browser.close()


def lab(opened: Any, url: str, number: str) -> Page:
    """The lab with a program that nobody asked before, answered and at rest."""
    source = SNIPPET.format(seed=random.randrange(10**9), number=number)
    page: Page = opened(f"{url}/lab?{urlencode({'code': source})}")
    page.locator(f'.lab-result[data-statement="{STATEMENT}"]').wait_for(timeout=PATIENCE)
    page.locator(".cm-line").nth(STATEMENT).wait_for(timeout=PATIENCE)
    page.evaluate(
        "([statement, line]) => meter.follow(document.querySelector('.editor').shadowRoot, statement, line)",
        [STATEMENT, STATEMENT],
    )
    return page


def typing(opened: Any, url: str, keys: int) -> tuple[list[float], list[float]]:
    """(ms from the key to the painted result, ms of the answer that it waited for) for so many keys."""
    page, text = lab(opened, url, "12."), "12"
    whole: list[float] = []
    answers: list[float] = []
    page.locator(".cm-line").nth(STATEMENT).click()
    page.keyboard.press("End")
    for _ in ".)":
        page.keyboard.press("ArrowLeft")
    while len(whole) < keys:
        if len(text) == DIGITS:
            for _ in text:
                page.keyboard.press("Backspace")
            page.keyboard.type(text := str(random.randrange(10, 100)))
            page.wait_for_timeout(300)
        digit = str(random.randrange(1, 10))
        text += digit
        page.evaluate("expected => Object.assign(meter, { expected, seen: null })", float(text))
        page.wait_for_timeout(random.uniform(60, 60 + FRAME))  # keys do not come in step with frames
        page.keyboard.press(digit)
        page.wait_for_function("() => meter.seen !== null", timeout=PATIENCE)
        key, seen, asked, answered = page.evaluate(
            "[meter.keyed, meter.seen, ...meter.answers.filter(([from]) => from > meter.keyed).at(-1)]"
        )
        whole.append(seen - key)
        answers.append(answered - asked)
    page.close()
    return whole, answers


def dragging(opened: Any, url: str, edits: int = 180, per_second: int = 60) -> dict[str, Any]:
    """One number dragged with the mouse at sixty edits a second, to the right as far as the window goes."""
    page = lab(opened, url, "20.5")
    box = page.locator(".cm-line").nth(STATEMENT).locator(".lab-number").bounding_box()
    assert box is not None
    x, y = box["x"] + 3, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("Object.assign(meter, { frames: [], long: [], edits: [], shown: [], answers: [] })")
    began = time.perf_counter()
    for edit in range(1, edits + 1):
        page.mouse.move(x + 7 * edit, y)
        page.wait_for_timeout(max(0.0, began + edit / per_second - time.perf_counter()) * 1000)
    seconds = time.perf_counter() - began
    page.mouse.up()
    page.wait_for_function("() => meter.shown.at(-1)?.[0] === meter.edits.at(-1)?.[0]", timeout=PATIENCE)
    found: dict[str, Any] = page.evaluate(
        "({ frames: meter.frames, long: meter.long, edits: meter.edits, shown: meter.shown, answers: meter.answers.length })"
    )
    page.close()
    made = dict(found["edits"])
    found["delays"] = [now - made[value] for value, now in found["shown"] if value in made]
    found["seconds"] = seconds
    return found


def training(opened: Any, url: str, seconds: float) -> list[tuple[float, float, float]]:
    """(worker's stamp, socket message, painted loss) in the page's ms, for each message with metrics."""
    with httpx.Client(base_url=url, timeout=30) as client:
        recipes = client.get("/api/v1/catalog").json()["recipes"]
        spec = next(recipe["spec"] for recipe in recipes if recipe["name"] == "spirals")
        job = client.post("/api/v1/jobs", json={"spec": {**spec, "epochs": 100_000}}).json()["id"]
        page = opened(f"{url}/training/{job}")
        page.get_by_role("region", name="Loss", exact=True).locator("canvas").first.wait_for(timeout=PATIENCE)
        page.wait_for_timeout(2000)  # the first frames lay out, and the past of the log is read
        page.get_by_role("region", name="Loss", exact=True).locator("canvas").first.evaluate(
            "canvas => Object.assign(meter, { canvas, waiting: [], pixels: [], frames: [], long: [] })"
        )
        page.wait_for_timeout(seconds * 1000)
        pixels: list[tuple[float, float, float]] = page.evaluate("meter.pixels")
        page.close()
        client.delete(f"/api/v1/jobs/{job}")
    return pixels


def kept(frames: Sequence[float]) -> float:
    """The share of display frames that were not missed."""
    gaps = [later - earlier for earlier, later in pairwise(frames)]
    return len(gaps) / sum(max(1, round(gap / FRAME)) for gap in gaps) if gaps else float("nan")


def rows(url: str, keys: int = 80, edits: int = 180, seconds: float = 10.0) -> Iterator[str]:
    """`name: figure (budget)`, one by one as they are measured."""
    if shutil.which("chromium") is None and shutil.which("chromium-browser") is None:
        yield "paint: not measured, because there is no chromium on PATH"
        return
    with chromium() as opened:
        whole, answers = typing(opened, url, keys)
        own = [all_of_it - answer for all_of_it, answer in zip(whole, answers, strict=True)]
        yield (
            f"lab, key to painted result, p50 / p95: {percentile(whole, 0.5):.1f} / {percentile(whole, 0.95):.1f} ms, "
            f"the answer {percentile(answers, 0.5):.1f} / {percentile(answers, 0.95):.1f} ms (no budget)"
        )
        yield (
            f"  beside the answer, p50 / p95: {percentile(own, 0.5):.1f} / {percentile(own, 0.95):.1f} ms "
            f"(p50 <= {FRAME:.1f} ms, one display frame)"
        )
        drag = dragging(opened, url, edits)
        yield (
            f"lab, number dragged at {len(drag['edits']) / drag['seconds']:.0f} edits/s: "
            f"{100 * kept(drag['frames']):.0f} % of the frames kept (>= 95 %), "
            f"{len(drag['shown'])} of {len(drag['edits'])} results painted, longest task {max(drag['long'], default=0):.0f} ms"
        )
        last = drag["delays"][-len(drag["delays"]) // 3 :]
        yield (
            f"  edit to painted result, p50 / p95: {statistics.median(drag['delays']):.1f} / "
            f"{percentile(drag['delays'], 0.95):.1f} ms, in the last third {percentile(last, 0.95):.1f} ms (no queue: both <= 100 ms)"
        )
        pixels = training(opened, url, seconds)
        for name, delays, budget in (
            ("event to pixel", [now - stamp for stamp, _, now in pixels], "p95 < 100 ms"),
            ("  worker's stamp to socket message", [came - stamp for stamp, came, _ in pixels], "no budget"),
            ("  socket message to painted loss", [now - came for _, came, now in pixels], "no budget"),
        ):
            yield f"{name}, p50 / p95: {percentile(delays, 0.5):.1f} / {percentile(delays, 0.95):.1f} ms ({budget})"
        yield f"  messages seen: {len(pixels) / seconds:.0f} a second (no budget)"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the pages of a running server.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--keys", type=int, default=80)
    parser.add_argument("--edits", type=int, default=180)
    parser.add_argument("--seconds", type=float, default=10.0, help="of watching a training job")
    given = parser.parse_args()
    for row in rows(given.url, given.keys, given.edits, given.seconds):
        print(row, flush=True)


if __name__ == "__main__":
    main()
