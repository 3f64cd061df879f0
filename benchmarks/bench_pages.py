"""How soon does the page of a long session show its first plot, and how soon has it zoomed?

3 hours of 12 channels at 100 Hz, in real Chromium, against the budgets: the first plot within 1 s of opening the
address (the page's files are in the browser's cache, as on any visit but the first), a zoom within 0.1 s of the key.
`finer` is when the readings that the zoom makes room for have come and are drawn.

    .venv/bin/python -m benchmarks pages
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import httpx2
import numpy as np
import polars as pl
from playwright.sync_api import Page, sync_playwright

from benchmarks.timing import emit
from paceline.keep.lake import Placed
from paceline.keep.places import House
from paceline.serve.opening import open_hall

START, RATE, LENGTH = 1_714_809_600_000_000_000, 100, 3 * 3600
CHANNELS = (
    "power", "heart_rate", "speed", "cadence", "altitude", "temperature", "left_balance", "acceleration_x",
    "acceleration_y", "acceleration_z", "rotation_x", "rotation_y",
)  # fmt: skip
FIRST, ZOOM, RUNS = 1.0, 0.1, 5
DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"""


def made(folder: Path) -> str:
    """A house with one long session; its id."""
    hall = open_hall(House(folder))
    hall.access.found_organisation("home")
    store, session, rng = hall.room("home").store, str(uuid4()), np.random.default_rng(1)
    athlete = store.people.enrol(name="Ann", profile=None, by="owner")
    store.journal.enrol_athlete(athlete, by="owner")
    key = store.journal.start_session(subject=athlete, session=session, start=START, by="owner")
    store.journal.end_session(session, end=START + LENGTH * 10**9, by="owner")
    count, step = LENGTH * RATE, 10**9 // RATE
    times = START + np.arange(count, dtype=np.int64) * step
    values = {name: 200.0 + np.cumsum(rng.normal(0.0, 0.1, count)) for name in CHANNELS}
    base = {"subject": athlete, "month": "2024-05", "session": session, "recording": "ab" * 32, "part": 0}
    frame = pl.DataFrame(
        {**base, "stream": "record", "sample": np.arange(count), "t": times, **values},
        schema_overrides={"part": pl.Int32},
    )
    store.lake.replace({"samples_record": frame}, placed=[Placed(session, athlete, "2024-05")])
    hall.close()
    assert key is not None
    return session


def shown(page: Page, address: str) -> float:
    """Seconds from the address to the last of the plots."""
    begin = time.perf_counter()
    page.goto(address)
    page.locator(".u-over").nth(len(CHANNELS) - 1).wait_for()
    page.evaluate(DRAWN)
    return time.perf_counter() - begin


def zoomed(page: Page) -> tuple[float, float]:
    """Seconds from the key to the zoomed plots, and to the finer readings."""
    page.get_by_role("button", name="Whole session").click(force=True)
    page.get_by_role("group", name="What was recorded").focus()
    page.wait_for_timeout(500)
    with page.expect_response(lambda it: "start=" in it.url and it.ok) as finer:
        begin = time.perf_counter()
        page.keyboard.press("+")
        page.evaluate(DRAWN)
        drawn = time.perf_counter() - begin
    finer.value.finished()
    page.evaluate(DRAWN)
    return drawn, time.perf_counter() - begin


def main() -> None:
    """Measure, and print one line."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no Chromium on this machine.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        session = made(Path(folder))
        command = [sys.executable, "-m", "paceline", "serve", "--port", "0", "--home", folder]
        server = subprocess.Popen(
            command,
            env={**os.environ, "PACELINE_JOURNAL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout is not None
        url, link = (server.stdout.readline().split()[-1] for _ in range(2))
        cookie = httpx2.get(link).headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1200, "height": 900})
        context.add_cookies([{"name": "paceline", "value": cookie, "url": url}])
        page = context.new_page()
        address = f"{url}/app/sessions/{session}"
        cold = shown(page, address)
        first = min(shown(page, address) for _ in range(RUNS))
        zooms = [zoomed(page) for _ in range(RUNS)]
        browser.close()
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
        server.stdout.close()
    zoom, finer = (min(one[at] for one in zooms) for at in (0, 1))
    rows = [
        {"what": "first plot, files and samples never asked for before", "ours": round(cold, 3), "theirs": FIRST},
        {"what": "zoom", "ours": round(zoom, 3), "theirs": ZOOM, "ratio": round(ZOOM / zoom, 2)},
        {"what": "finer readings after a zoom", "ours": round(finer, 3)},
    ]
    emit(
        {
            "id": "pages_long_session_v1", "ours": round(first, 3), "theirs": FIRST, "peer": "the budget", "unit": "s",
            "ratio": round(FIRST / first, 2), "rows": rows,
        }
    )  # fmt: skip


if __name__ == "__main__":
    main()
