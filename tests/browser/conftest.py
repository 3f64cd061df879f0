"""A made house, served as a person serves it, and a real Chromium in front of it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import expect, sync_playwright

from paceline.jobs.importing import import_files
from paceline.keep.places import House
from paceline.record.export import write
from paceline.serve.assets import FOLDER
from paceline.serve.opening import open_hall
from paceline.simulate.ride import simulate_ride

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
expect.set_options(timeout=60_000)
PICTURES = os.environ.get("PACELINE_TEST_PICTURES", "")
"""A folder for the documents' pictures; empty where none are drawn."""
EVIL = "" if PICTURES else "<img src=x onerror=window.hacked=1>"
"""What a text field would hold that wants to be a script; nobody wants to see it in a picture."""
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('main *')].filter(it => it.getBoundingClientRect().right > innerWidth + 1
        && !it.closest('.scroll, .u-wrap')).map(it => it.outerHTML.slice(0, 120))"""
"""What sticks out on the right, where a page has to be moved sideways to be read."""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True)
class Served:
    """A server, and what is in its house.

    Attributes:
        url: where it listens.
        cookie: of a visit that may do everything.
        ann: an athlete with three rides; their laps' and files' names, and her own, want to be scripts.
        ben: an athlete without any.
        sessions: the ids of Ann's rides.
        files: a ride that was not handed in yet, and a file that nobody can read.
    """

    url: str
    cookie: str
    ann: str
    ben: str
    sessions: tuple[str, ...]
    files: tuple[Path, Path]

    def client(self) -> httpx2.Client:
        """A client with the visit's cookie, as one of our own pages."""
        headers = {"Origin": self.url, "Cookie": f"paceline={self.cookie}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=120)


def made(folder: Path) -> tuple[str, str, tuple[str, ...], tuple[Path, Path]]:
    """The house: Ann's rides, and a model."""
    rides = []
    for seed in (1, 2, 3, 4):
        recording = simulate_ride(seed, duration=1200).recording
        laps = tuple(dataclasses.replace(lap, name=f"{EVIL} {lap.name}".strip()[:60]) for lap in recording.laps)
        shift = seed * 9 * 86_400_000_000_000
        file = folder / f"ride {seed}.fit"
        write(_later(dataclasses.replace(recording, laps=laps), shift), file)
        rides.append(file)
    evil = rides[0].rename(folder / f"{EVIL or 'monday'}.fit")
    broken = folder / "broken.fit"
    broken.write_bytes(rides[1].read_bytes()[:40])
    hall = open_hall(House(folder / "house"))
    hall.access.found_organisation("home")
    store, by = hall.room("home").store, "owner"
    ann, ben = (store.people.enrol(name=name, profile=None, by=by) for name in (f"Ann {EVIL or 'Ashdown'}", "Ben Birk"))
    for athlete in (ann, ben):
        store.journal.enrol_athlete(athlete, by=by)
    for name, value in (("mass", 70.0), ("threshold_power", 250.0)):
        store.journal.date_setting(ann, name=name, value=value, since="2024-01-01", by=by)
    taken = import_files(store, [evil, rides[1], rides[2]], subject=ann, by=by)
    model = {"data_version": 1, "commit": "abc1234567890", "lock": "0" * 64}
    for name, score in (("gym-1", 0.81), ("gym-2", 0.93)):
        store.journal.keep_model(name=name, blob=store.blobs.put(name.encode()), scores={"f1": score}, by=by, **model)
    hall.close()
    return ann, ben, tuple(str(one.sessions[0]) for one in taken.outcomes), (rides[3], broken)


def _later(recording, shift):
    """The same ride on another day."""
    streams = {
        name: dataclasses.replace(stream, time=stream.time + shift) for name, stream in recording.streams.items()
    }
    laps = tuple(dataclasses.replace(lap, start=lap.start + shift, stop=lap.stop + shift) for lap in recording.laps)
    whole = tuple(dataclasses.replace(it, start=it.start + shift, stop=it.stop + shift) for it in recording.sessions)
    return dataclasses.replace(recording, streams=streams, laps=laps, sessions=whole, events=())


def _missing(reason: str) -> None:
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The server, as `paceline serve` starts it."""
    if not (FOLDER / "index.html").exists() or not AXE.exists():
        _missing("the pages were not built: make setup says what is missing")
    if CHROMIUM is None:
        _missing("there is no Chromium on this machine")
    folder = tmp_path_factory.mktemp("browser")
    ann, ben, sessions, files = made(folder)
    command = [sys.executable, "-m", "paceline", "serve", "--port", "0", "--home", str(folder / "house")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--rate", "1000"], env={**os.environ, "PACELINE_JOURNAL": ""}, stdout=subprocess.PIPE,
            stderr=log, text=True,
        )  # fmt: skip
        url, link = (process.stdout.readline().split()[-1] for _ in range(2))
        cookie = httpx2.get(link).headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        yield Served(url, cookie, ann, ben, sessions, files)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()


@pytest.fixture(scope="module")
def chromium(served):
    """A real browser; it is gone before other tests, since while it is there no other event loop can be run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Seen:
    """What a page did that it should not have done."""

    def __init__(self, page, host):
        self.elsewhere, self.complaints = [], []
        page.on("request", lambda it: self._asked(it.url, host))
        page.on("console", lambda it: self.complaints.append(it.text) if it.type == "error" else None)
        page.on("pageerror", lambda it: self.complaints.append(str(it)))

    def _asked(self, url, host):
        if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != host:
            self.elsewhere.append(url)


@pytest.fixture
def visit(chromium, served):
    """A browser's context of somebody who came by the local link."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, locale="en-GB", timezone_id="UTC")
    context.add_cookies([{"name": "paceline", "value": served.cookie, "url": served.url}])
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(visit, served):
    """A page of that visit; whatever it does must have been sound."""
    opened = visit.new_page()
    opened.seen = Seen(opened, urlsplit(served.url).netloc)
    yield opened
    assert opened.seen.elsewhere == []
    assert opened.seen.complaints == []
    assert opened.evaluate("window.hacked") is None


@pytest.fixture
def sound(page):
    """Checks a page as it stands: nothing for axe to find, light and dark; nothing wider than a phone."""

    def check(picture=""):
        for scheme, width in (("light", 1200), ("dark", 390)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            _draw(page, picture, scheme)
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(it => it.violations)")
            assert [(it["id"], [node["html"][:200] for node in it["nodes"]]) for it in found] == [], scheme
            assert page.evaluate(WIDER) == []
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1200, "height": 900})

    return check


def _draw(page, picture, scheme):
    """A picture for the documents, where somebody asks for them."""
    if PICTURES and picture and scheme == "light":
        page.screenshot(path=str(Path(PICTURES) / f"{picture}.png"))


def routes():
    """The pages that there are."""
    return json.loads((ROOT / "web" / "src" / "routes.json").read_text(encoding="utf-8"))
