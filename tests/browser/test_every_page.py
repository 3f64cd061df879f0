"""Every page in a real browser: what a person sees and does there, with axe and at a phone's width."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

from paceline.record.packets import sampled

from .conftest import EVIL, routes


def test_every_page_has_a_test():
    tested = {name.removeprefix("test_page_") for name in vars(sys.modules[__name__]) if name.startswith("test_page_")}
    assert tested == {route["name"] for route in routes()}


def test_page_sessions(page, served, sound):
    page.goto(f"{served.url}/app/")
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    expect(page.get_by_text("3 sessions")).to_be_visible()
    expect(page.get_by_role("row", name="31 May 2024")).to_contain_text("W")
    expect(page.get_by_role("cell", name=f"Ann {EVIL}".strip()).first).to_be_visible()
    sound("pages-sessions")
    page.get_by_label("Search").fill("22 May")
    expect(page.get_by_text("1 of 3 sessions")).to_be_visible()
    assert "search=22+May" in page.url
    page.get_by_label("Search").fill("nothing like this")
    expect(page.get_by_text("No session is like that")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_text("3 sessions")).to_be_visible()


def test_files_are_handed_in_with_what_became_of_each(page, served):
    page.goto(f"{served.url}/app/")
    page.get_by_label("Whose are they?").select_option(label=f"Ann {EVIL}")
    page.get_by_label("Drop files here").set_input_files([str(file) for file in served.files])
    expect(page.get_by_text("ride 4.fit")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="ride 4.fit")).to_contain_text("new")
    expect(page.get_by_role("listitem").filter(has_text="broken.fit")).to_contain_text("The recording can't be decoded")
    expect(page.get_by_text("4 sessions")).to_be_visible()
    page.seen.complaints.clear()  # the browser writes a refused request on its console
    with served.client() as client:
        new = client.get("/v1/sessions").json()["sessions"][0]["session"]
        assert client.delete(f"/v1/sessions/{new}").status_code == 204


def test_page_session(page, served, sound):
    page.goto(f"{served.url}/app/sessions/{served.sessions[0]}")
    expect(page.get_by_role("img", name="Power over time")).to_be_visible()
    expect(page.get_by_text("Average power", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=f"{EVIL} interval 1")).to_be_visible()
    expect(page.get_by_role("link", name=".fit")).to_be_visible()
    sound("pages-session")


def test_a_lap_is_selected_measured_marked_and_named(page, served):
    page.goto(f"{served.url}/app/sessions/{served.sessions[1]}")
    page.get_by_role("button", name="interval 1").click()
    expect(page.get_by_role("heading", name="Metrics of")).to_contain_text("interval 1")
    expect(page.get_by_text("Duration", exact=True)).to_be_visible()
    row = page.locator("details.metric").filter(has_text="Average power").first
    row.locator("summary").first.click()
    expect(row).to_contain_text("readings")
    page.get_by_label("From", exact=True).fill("2:00")
    page.get_by_label("To", exact=True).fill("1:00")
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.get_by_text("It ends before it begins.")).to_be_visible()
    page.get_by_label("To", exact=True).fill("3:30.5")
    page.get_by_label("Name", exact=True).fill(f"the hill {EVIL}")
    page.get_by_role("button", name="Mark it").click()
    mark = page.get_by_role("button", name="the hill")
    expect(mark).to_contain_text("1:30.5")
    mark.click()
    page.get_by_role("button", name="Take the mark away").click()
    expect(mark).to_have_count(0)


def test_the_chart_is_dragged_over_and_zoomed_by_keys(page, served):
    page.goto(f"{served.url}/app/sessions/{served.sessions[0]}")
    chart = page.locator(".u-over").first
    chart.wait_for()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30, steps=4)
    page.mouse.up()
    expect(page.get_by_role("heading", name="Metrics of 5:00")).to_be_visible()
    expect(page.get_by_role("button", name="Whole session")).to_be_disabled()
    page.get_by_role("group", name="What was recorded").focus()
    with page.expect_response(lambda it: "/samples/record" in it.url and "start=" in it.url):
        page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Whole session").click()
    expect(page.get_by_role("button", name="Whole session")).to_be_disabled()


def test_page_compare(page, served, sound):
    page.goto(f"{served.url}/app/compare")
    expect(page.get_by_text("Nothing to compare yet")).to_be_visible()
    for session in served.sessions[:2]:
        page.goto(f"{served.url}/app/sessions/{session}")
        page.get_by_role("button", name="interval 1").click()
        page.get_by_role("button", name="Add to the comparison").click()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("img", name="Time lost")).to_be_visible()
    expect(page.get_by_role("row", name="Average power")).to_contain_text("W")
    sound("pages-compare")
    page.get_by_label("Laid side by side by").select_option("time")
    expect(page.get_by_role("img", name="Distance gained")).to_be_visible()
    page.get_by_role("button", name="Remove all").click()
    expect(page.get_by_text("Nothing to compare yet")).to_be_visible()


def test_page_trends(page, served, sound):
    page.goto(f"{served.url}/app/trends?athlete={served.ann}")
    expect(page.get_by_role("img", name="Weighted power")).to_be_visible()
    expect(page.get_by_role("img", name="Best mean power by month: 2024-05")).to_be_visible()
    expect(page.get_by_role("img", name="Fitness and fatigue")).to_be_visible()
    sound("pages-trends")
    page.get_by_label("Metric").select_option("cda")
    expect(page.get_by_text("No session of this athlete has this metric.")).to_be_visible()


def test_page_live(page, served, sound):
    page.goto(f"{served.url}/app/live")
    expect(page.get_by_text("No session is running.")).to_be_visible()
    begun = time.time_ns() // 10**9 * 10**9
    with served.client() as client:
        start = datetime.fromtimestamp(begun / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = client.post("/v1/sessions", json={"athlete": served.ben, "start": start}).json()["session"]
        address = f"{served.url.replace('http', 'ws')}/v1/sessions/{told}/packets"
        headers = {"Cookie": f"paceline={served.cookie}", "Origin": served.url}
        with connect(address, additional_headers=headers) as socket:
            for second in range(5):
                first = begun + second * 10**9
                socket.send(sampled("hub", "record", {"power": [211.0]}, sequence=second, first=first, rate=(1, 1)))
            page.reload()
            expect(page.get_by_role("row", name="Power", exact=False).first).to_contain_text("211 W")
            expect(page.get_by_role("heading", name="Ben Birk")).to_be_visible()
            sound("pages-live")
            page.context.set_offline(True)  # what is open stays open; nothing is lost when it comes back
            page.context.set_offline(False)
            socket.send('{"end": true}')
            expect(
                page.get_by_text("the session has ended").or_(page.get_by_text("No session is running."))
            ).to_be_visible()
        client.delete(f"/v1/sessions/{told}")


def test_page_models(page, served, sound):
    page.goto(f"{served.url}/app/models")
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("gym-2")
    expect(rows.nth(1)).to_contain_text("0.810")
    sound("pages-models")


def test_page_metrics(page, served, sound):
    page.goto(f"{served.url}/app/metrics")
    expect(page.get_by_role("heading", name="Metrics")).to_be_visible()
    sound("pages-metrics")
    page.get_by_label("Search").fill("weighted power zero")
    expect(page.get_by_role("heading", name="What it rests on")).to_be_visible()
    page.get_by_label("Search").fill("no such metric")
    expect(page.get_by_text("No metric is called that.")).to_be_visible()


def test_page_people(page, served, sound):
    page.goto(f"{served.url}/app/people")
    expect(page.get_by_role("heading", name="Ben Birk")).to_be_visible()
    sound("pages-people")
    page.get_by_label("Name").fill("Cyd Calder")
    page.get_by_role("button", name="Enrol somebody").click()
    card = page.locator("section.panel").filter(has=page.get_by_role("heading", name="Cyd Calder"))
    card.get_by_label("coaching").check()
    page.reload()
    expect(card.get_by_label("coaching")).to_be_checked()
    card.get_by_role("button", name="Erase").click()
    expect(card.get_by_role("button", name="Erase for ever")).to_be_disabled()
    card.get_by_label("Type “Cyd Calder” to go on").fill("Cyd Calder")
    card.get_by_role("button", name="Erase for ever").click()
    expect(page.get_by_role("heading", name="Cyd Calder")).to_have_count(0)


def test_page_access(page, served, sound):
    page.goto(f"{served.url}/app/access")
    page.get_by_label("Role").select_option("coach")
    page.get_by_role("button", name="Issue", exact=True).click()
    shown = page.get_by_role("status").locator("code")
    expect(shown).to_be_visible()
    sound("")
    token = shown.inner_text()
    row = page.get_by_role("row").filter(has_text="coach").first
    row.get_by_role("button").click()
    expect(row).to_contain_text("revoked")
    with served.client() as client:
        del client.headers["Cookie"]
        assert client.get("/v1/sessions", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("path", ["/nothing", "/sessions/7/8/9"])
def test_an_address_without_a_page_says_so(page, served, path):
    page.goto(f"{served.url}/app{path}")
    expect(page.get_by_role("alert")).to_contain_text("There is no such page")


def test_a_page_whose_server_fails_says_so_and_tries_again(page, served):
    page.route("**/v1/sessions?*", lambda route: route.abort())
    page.goto(f"{served.url}/app/")
    expect(page.get_by_role("alert")).to_contain_text("The server can't be reached")
    page.unroute("**/v1/sessions?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("3 sessions")).to_be_visible()
    page.seen.complaints.clear()  # the browser writes a failed request on its console


def test_whoever_is_nobody_is_asked_for_a_token(chromium, served):
    with served.client() as client:
        body = {"role": "athlete", "athlete": served.ann}
        token = client.post("/v1/tokens", json=body).json()["token"]
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{served.url}/app/people")
    page.get_by_label("Token").fill("guess")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("heading", name=f"Ann {EVIL}")).to_be_visible()
    expect(page.get_by_role("link", name="Access", exact=True)).to_have_count(0)
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("window.hacked") is None
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    context.close()
