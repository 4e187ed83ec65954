"""`python -m tests.bench.bench_home`: the first seconds of a teen who opens the home page.

The service runs as a user would run it; Chromium opens the home page on a phone's screen with
nothing kept, then once more with what the first time left. `first paint` is the browser's own
first-contentful-paint; `usable` is when the button that opens the talk was tapped and the talk's
input stood on the screen, which takes the round trip of coming in. Beside them the same on a
processor slowed down four times, as Chromium's own tools take a cheap phone. Also told: the bytes
of scripts and styles, and packed with gzip as they travel.
"""

from __future__ import annotations

import gzip
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from cloudfunctions.common.settings import ROOT
from tests.bench.bench_pages import FLAGS
from tests.support.copy import Copy

ROUNDS = 5
SLOWER = 4
PHONE: ViewportSize = {"width": 390, "height": 844}
HOME = "/#/pages/home/index"
FIRST_PAINT = """
() => (performance.getEntriesByName('first-contentful-paint')[0] || { startTime: 0 }).startTime
"""
SINCE_START = "() => performance.now()"


def opened(context: BrowserContext, address: str, slower: int) -> tuple[float, float]:
    """(first paint, usable) of one visit, in milliseconds since the page was asked for."""
    page = context.new_page()
    if slower > 1:
        inside = context.new_cdp_session(page)
        inside.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(f"{address}{HOME}", wait_until="commit")
    page.get_by_text("去聊聊").click()
    page.locator("wx-textarea, wx-input").first.wait_for()
    usable = float(page.evaluate(SINCE_START))
    paint = _first_paint(page)
    page.close()
    return paint, usable


def _first_paint(page: Page) -> float:
    for _ in range(100):
        if found := float(page.evaluate(FIRST_PAINT)):
            return found
        time.sleep(0.02)
    raise TimeoutError("the browser tells of no first paint")


def round_of(browser: Browser, address: str, slower: int) -> list[tuple[float, float]]:
    """The visit with nothing kept and the one after it."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    try:
        return [opened(context, address, slower) for _ in range(2)]
    finally:
        context.close()


def weigh(folder: Path) -> None:
    """Print what is loaded: bytes, and bytes packed."""
    for name in ("app.*.js", "app.*.css"):
        content = next((folder / "assets").glob(name)).read_bytes()
        packed = len(gzip.compress(content, 6, mtime=0))
        print(f"{name:10s} {len(content) / 1024:6.0f} KiB, gzip {packed / 1024:6.0f} KiB")


def main() -> int:
    """Print sizes and the medians."""
    weigh(ROOT / "miniprogram_schema" / "web" / "dist")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        copy = Copy(Path(folder)).start()
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            print(f"median of {ROUNDS}, ms                 first paint   usable")
            for slower in (1, SLOWER):
                rounds = [round_of(browser, copy.address, slower) for _ in range(ROUNDS)]
                for number, words in enumerate(("nothing kept", "visited before")):
                    paint, usable = (
                        statistics.median(one[number][which] for one in rounds) for which in (0, 1)
                    )
                    what = f"{words}, processor 1/{slower}"
                    print(f"{what:32s} {paint:11.0f} {usable:8.0f}")
        finally:
            browser.close()
            copy.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
