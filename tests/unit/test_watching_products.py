"""The job that looks at a product: figures kept, everybody told once, and what rules ask for begun once."""

from __future__ import annotations

import http.server
import json
import threading

import numpy as np
import polars as pl
import pytest
from starlette.testclient import TestClient
from tests.unit import made_products as made
from tests.unit.mail_server import MailServer
from tests.unit.test_bundle import git, tables
from tests.unit.test_releases import PASSED
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.errors import NoRelease, ReleaseStopped, SettingsError
from paceline.jobs.alerts import Alerts, Webhook
from paceline.jobs.figures import Figures
from paceline.jobs.mail import Mail
from paceline.jobs.runs import Runs, place_of
from paceline.jobs.watched import Watching, watched
from paceline.jobs.wiring import Settings, mail, open_store
from paceline.serve.app import application
from paceline.serve.opening import open_hall
from paceline.serve.predict.mounted import with_products
from paceline.ship.product import read_product
from paceline.ship.releases import promote, release

START = 1_700_000_000 * 10**9
MINUTE = 60 * 10**9
BOTH = {"to": ["webhook", "email"]}
WATCH = {"window": 300, "labels": {"field": "size", "loss": "absolute"},
         "alerts": [{"when": "drift", **BOTH}, {"when": "stability name", "above": 0.25, "to": "log"}]}  # fmt: skip


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "house")


@pytest.fixture
def store(settings):
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def runs(store):
    with Runs.open(place_of(store.places), organisation="home") as opened:
        yield opened


def out(store, folder, *, share=1.0, number=1, **watch):
    """A release of a watched product that answers a share."""
    if not folder.exists():
        made.write(folder, watch={**WATCH, **watch})
        (folder / ".gitignore").write_text("data/\n")
        git(folder, "init", "-q")
    (folder / "trees.py").write_text(f"{made.CODE}\nNUMBER = {number}\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", f"Version {number}")
    product = read_product(folder)
    made_of = {"journal": store.journal, "blobs": store.blobs, "by": "owner"}
    name = release(product, tables(product), PASSED, **made_of).name
    promote(store.journal, "trees", release=name, share=share, reason="a test", by="owner")
    return name


def ask(store, name, *, count=900, turn=None, canary="", begin=0, offset=0.0):
    """Answers of a release as a server keeps them: a name that was never there from a turn on."""
    random = np.random.default_rng(1 + begin)
    names = np.where(np.arange(count) < (count if turn is None else turn), random.choice(["ash", "oak"], count), "elm")
    of_canary = random.random(count) < (0.25 if canary else 0.0)
    rows = pl.DataFrame(
        {
            "subject": "nobody", "month": "2023-11", "session": f"made-{begin}", "product": "trees",
            "release": np.where(of_canary, canary, name), "t": START + MINUTE * (begin + np.arange(count)),
            "request": [json.dumps({"name": one}) for one in names],
            "response": [json.dumps({"size": size}) for size in random.normal(5, 1, count) + offset * of_canary],
            "id": [f"{begin + number:032x}" for number in range(count)],
        }
    )  # fmt: skip
    store.lake.append("predictions", rows, key=("session",))
    return rows


def watching(store, runs, retrain=lambda _: None, **channels):
    return Watching(store, runs, Alerts(runs.database, **channels), retrain)


class Posts(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def posts():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Posts) as server:
        server.posts = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_drift_is_told_once_by_every_channel_with_what_changed_and_since_when(store, runs, tmp_path, posts, caplog):
    ask(store, out(store, tmp_path / "p"), turn=600)
    with MailServer() as letters:
        channels = {
            "webhook": Webhook(f"http://127.0.0.1:{posts.server_port}/"),
            "mail": Mail.of(letters.url, sender="watch@example.org", to="coach@example.org, lab@example.org"),
        }
        for _ in range(3):
            watched(watching(store, runs, **channels), "trees")
        (letter,), (post,) = letters.letters, posts.posts
    assert letter["To"] == "coach@example.org, lab@example.org"
    assert letter["Subject"] == "watch trees: drift name"
    for text in (letter.get_payload(), post["message"]):
        assert "name is no longer what it was, since about 2023-11-15T08:" in text.replace("\n", " ")
        assert "elm" not in text
    assert (post["job"], post["kind"]) == ("watch trees", "drift name")
    assert post["since"].startswith("2023-11-15T08:")
    assert sum("stability is" in line for line in caplog.messages) == 1  # to the log alone


def test_what_a_mail_server_did_not_take_is_sent_again_and_what_it_took_is_not(store, runs, tmp_path):
    ask(store, out(store, tmp_path / "p"), turn=600)
    with MailServer() as letters:
        letters.refuses = True
        found = watching(store, runs, mail=Mail.of(letters.url, sender="a@b.org", to="c@d.org"))
        watched(found, "trees")
        assert letters.letters == []
        letters.refuses = False
        found.alerts.tell()
        found.alerts.tell()
        assert len(letters.letters) == 1


def test_an_alert_ends_when_another_release_answers(store, runs, tmp_path):
    ask(store, out(store, tmp_path / "p"), turn=600)
    job = watching(store, runs)
    watched(job, "trees")
    assert {alert.kind for alert in job.alerts.open()} == {"drift name", "stability name above 0.25"}
    ask(store, out(store, tmp_path / "p", number=2), begin=2000)
    assert watched(job, "trees").look.answers == 900
    assert job.alerts.open() == ()


def test_an_alert_begins_a_retraining_once_and_its_failure_is_told(store, runs, tmp_path):
    ask(store, out(store, tmp_path / "p", alerts=[{"when": "drift", "then": "retrain"}]), turn=600)
    begun = []
    first = watched(watching(store, runs, begun.append), "trees")
    assert first.begun == ("retrain trees: done, since drift name.",)
    assert watched(watching(store, runs, begun.append), "trees").begun == ()
    assert begun == ["trees"]
    assert [(run.job, run.state, run.by) for run in runs.listed()] == [("retrain trees", "done", "watch")]


def test_a_retraining_that_its_gates_stop_is_told_and_not_tried_again(store, runs, tmp_path):
    ask(store, out(store, tmp_path / "p", alerts=[{"when": "drift", "then": "retrain"}]), turn=600)

    def stopped(name):
        raise ReleaseStopped(name, gate="feedback")

    job = watching(store, runs, stopped)
    assert "feedback" in watched(job, "trees").begun[0]
    assert watched(job, "trees").begun == ()
    assert ("retrain trees", "failed") in {(alert.job, alert.kind) for alert in job.alerts.open()}


def test_a_canary_that_answers_otherwise_is_taken_back_for_all_servers(store, runs, tmp_path):
    one = out(store, tmp_path / "p", alerts=[{"when": "canary", "then": "rollback"}])
    two = out(store, tmp_path / "p", number=2, share=0.25)
    ask(store, one, canary=two)
    assert watched(watching(store, runs), "trees").begun == ()
    assert set(store.journal.product("trees").shares) == {one, two}
    ask(store, one, canary=two, offset=3.0, begin=2000)
    assert "rollback trees: done" in watched(watching(store, runs), "trees").begun[0]
    assert store.journal.product("trees").shares == {one: 1.0}


def test_a_champion_whose_score_decays_gives_way_to_the_one_before(store, runs, tmp_path):
    one = out(store, tmp_path / "p", alerts=[{"when": "score", "above": 2.0, "then": "rollback"}])
    two = out(store, tmp_path / "p", number=2)
    rows = ask(store, two)
    labels = rows.select("subject", "month", "session", "product", "id", t=pl.col("t") + MINUTE, source=pl.lit("t1"))
    store.lake.append("feedback", labels.with_columns(label=pl.lit("9.5")), key=("session",))
    watched(watching(store, runs), "trees")
    assert store.journal.product("trees").shares == {one: 1.0}


def test_a_product_that_is_not_out_can_not_be_watched(store, runs):
    with pytest.raises(NoRelease, match="promote"):
        watched(watching(store, runs), "trees")


def test_the_command_prints_and_draws_it_and_takes_labels_in(settings, store, tmp_path, monkeypatch):
    monkeypatch.setenv("PACELINE_HOME", str(settings.home))
    rows = ask(store, out(store, tmp_path / "p"), turn=600)
    said = ["id,label", *(f"{number},4.5" for number in rows["id"][:200]), f"{'f' * 32},1"]
    (tmp_path / "labels.csv").write_text("\n".join(said))
    page = tmp_path / "watch.html"
    done = CliRunner().invoke(app, ["watch", "trees", "--labels", str(tmp_path / "labels.csv"), "-o", str(page)])
    assert done.exit_code == 0, done.output
    assert "200 of 201 labels" in done.output
    for part in ("900 answers", "response.size", "2023-11-15 08:1", "█", "! name is no longer"):
        assert part in done.output
    text = page.read_text()
    assert "<svg" in text
    assert "http" not in text.replace("http-equiv", "")
    told = json.loads(CliRunner().invoke(app, ["watch", "trees", "--look", "--json"]).output)
    assert told["fields"][0]["moved"]["field"] == "name"
    assert told["scores"][0]["decay"]["now"] == 100


@pytest.mark.parametrize("text", ["id\n1\n", "", "\x00\xff"])
def test_labels_that_are_none_are_refused(settings, store, tmp_path, monkeypatch, text):
    out(store, tmp_path / "p")
    (tmp_path / "labels.csv").write_bytes(text.encode("latin-1"))
    done = CliRunner().invoke(
        app, ["watch", "trees", "--labels", str(tmp_path / "labels.csv"), "--home", str(settings.home)]
    )
    assert type(done.exception).__name__ == "FileUnreadable"


def test_prometheus_has_the_figures(settings, store, runs, tmp_path):
    ask(store, out(store, tmp_path / "p"), turn=600)
    watched(watching(store, runs), "trees")
    assert {one.measure for one in Figures(runs.database).all()} >= {"stability", "distance", "alarm", "answers"}
    hall = open_hall(settings.house)
    hall.access.found_organisation("home")
    with TestClient(with_products(application(hall))) as client:
        hall.room("home")
        text = client.get("/metrics").text
    assert 'paceline_watch_alarm{about="name",organisation="home",product="trees"} 1.0' in text
    assert 'paceline_watch_stability{about="response.size",organisation="home",product="trees"} 0.' in text


@pytest.mark.parametrize(
    "changed",
    [{"PACELINE_ALERTS_SMTP": "mail.example.org"}, {"PACELINE_ALERTS_SMTP": "http://mail.example.org"},
     {"PACELINE_ALERTS_TO": ""}, {"PACELINE_ALERTS_TO": "coach"}, {"PACELINE_ALERTS_FROM": "a\nb@c.org"}],
)  # fmt: skip
def test_mail_settings_that_can_not_be_used_are_refused(changed):
    sound = {"PACELINE_ALERTS_SMTP": "smtps://me:word@mail.example.org", "PACELINE_ALERTS_FROM": "a@b.org",
             "PACELINE_ALERTS_TO": "c@d.org"}  # fmt: skip
    assert mail({}) is None
    assert "word" not in repr(mail(sound))
    assert mail({**sound, "PACELINE_ALERTS_SMTP": "smtp://mail.example.org"}).secure == "starttls"
    with pytest.raises(SettingsError):
        mail({**sound, **changed})
