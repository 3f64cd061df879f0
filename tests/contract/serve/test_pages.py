"""The pages' files and the visit by which a browser is known, without a browser: those are in tests/browser."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from paceline.serve.app import application
from paceline.serve.assets import built, with_pages

SAME = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A made folder of built files."""
    folder = tmp_path / "dist"
    (folder / "static").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Paceline</title>")
    (folder / "static" / "index-abc.js").write_text("console.log(1)\n" * 50)
    monkeypatch.setattr(built.Pages.__init__, "__defaults__", (folder,))
    return folder


@pytest.fixture
def browser(hall, folder):
    """A browser at a server with pages."""
    with TestClient(with_pages(application(hall)), raise_server_exceptions=False) as client:
        yield client


def test_every_address_of_the_pages_is_the_one_page(browser):
    for path in ("/", "/app", "/app/", "/app/sessions", "/app/sessions/7?lap=2", "/app/../app/x"):
        answer = browser.get(path)
        assert (answer.status_code, answer.text) == (200, "<title>Paceline</title>"), path
        assert answer.headers["Cache-Control"] == "no-cache"


def test_no_page_lets_a_script_or_a_style_in_that_is_not_a_file_of_ours(browser):
    policy = browser.get("/app/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_file_named_by_its_content_is_kept_for_ever(browser):
    answer = browser.get("/app/static/index-abc.js")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert browser.get("/app/static/index-abc.js", headers={"Accept-Encoding": "identity"}).text == answer.text


def test_a_page_that_the_browser_has_is_not_sent_again(browser):
    tag = browser.get("/app/").headers["ETag"]
    again = browser.get("/app/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_that_was_built_anew_is_read_anew(browser, folder):
    import os

    assert "Paceline" in browser.get("/app/").text
    (folder / "index.html").write_text("another")
    os.utime(folder / "index.html", ns=(1, 1))
    assert browser.get("/app/").text == "another"


@pytest.mark.parametrize("path", ["static/none.js", "static/../../built.py", "static/%2e%2e/%2e%2e/built.py"])
def test_nothing_beside_the_built_files_is_sent(browser, path):
    answer = browser.get(f"/app/{path}")
    assert answer.status_code == 404 or answer.text == "<title>Paceline</title>"
    assert "PREFIX" not in answer.text


def test_pages_only_take_reading(browser):
    answer = browser.post("/app/sessions")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_a_checkout_without_pages_says_how_to_get_them(browser, folder):
    (folder / "index.html").unlink()
    answer = browser.get("/app/sessions")
    assert answer.status_code == 503
    assert "make setup" in answer.text


def test_the_local_link_leads_to_the_pages(browser, hall):
    answer = browser.get(f"/open?word={hall.door.word()}", follow_redirects=False)
    assert answer.headers["Location"] == "/app/"
    assert "HttpOnly; SameSite=Strict" in answer.headers["Set-Cookie"]


def test_a_browser_without_a_visit_is_nobody(browser):
    assert browser.get("/visit").status_code == 401


def test_a_pasted_token_opens_a_visit_that_no_script_can_read(browser, token, north):
    text = token("athlete", subject=north.ann)["Authorization"].removeprefix("Bearer ")
    entered = browser.post("/visit", json={"token": text}, headers=SAME)
    assert entered.json()["role"] == "athlete"
    assert "HttpOnly; SameSite=Strict" in entered.headers["Set-Cookie"]
    assert text not in entered.text
    told = browser.get("/visit").json()
    assert (told["athlete"], told["organisation"]) == (north.ann, "north")
    assert "manage tokens" not in told["may"]
    assert browser.delete("/visit", headers=SAME).status_code == 204
    assert browser.get("/visit").status_code == 401


def test_a_visit_over_tls_has_a_cookie_for_tls_only(browser, token):
    text = token("coach")["Authorization"].removeprefix("Bearer ")
    entered = browser.post("/visit", json={"token": text}, headers={**SAME, "Origin": "https://testserver"})
    assert entered.headers["Set-Cookie"].endswith("; Secure")


@pytest.mark.parametrize(("told", "status"), [("guess", 401), ("", 401), ("x" * 600, 401), (7, 422)])
def test_what_is_no_token_opens_nothing(browser, told, status):
    answer = browser.post("/visit", json={"token": told}, headers=SAME)
    assert answer.status_code == status
    assert "Set-Cookie" not in answer.headers


def test_another_sites_page_can_neither_open_nor_end_a_visit(browser, token):
    text = token("coach")["Authorization"].removeprefix("Bearer ")
    for foreign in ({"Origin": "http://evil.example"}, {**SAME, "Sec-Fetch-Site": "cross-site"}, {}):
        assert browser.post("/visit", json={"token": text}, headers=foreign).status_code == 403
        assert browser.delete("/visit", headers=foreign).status_code == 403
    assert browser.put("/visit", headers=SAME).status_code == 405
