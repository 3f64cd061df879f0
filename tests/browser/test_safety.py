"""What other sites' pages can do with a browser that has a visit here: nothing. And how much a visit loads."""

from __future__ import annotations

import gzip
import http.server
import threading

import pytest

from paceline.serve.assets import FOLDER

MOST = 200_000
"""Bytes of all pages together, compressed."""

ATTACK = """<!doctype html><title>evil</title>
<form id=f method=post enctype=text/plain action="{url}/v1/athletes">
<input name='{{"name":"Eve","x":"' value='"}}'></form>
<iframe name=frame src="{url}/app/people"></iframe><script>
const tried = [
  fetch("{url}/v1/athletes", {{method: "POST", credentials: "include", mode: "no-cors", body: '{{"name": "Eve"}}'}}),
  fetch("{url}/v1/athletes", {{method: "POST", credentials: "include",
        headers: {{"Content-Type": "application/json"}}, body: '{{"name": "Eve"}}'}}),
  fetch("{url}/v1/athletes/{ann}", {{method: "DELETE", credentials: "include"}}),
  fetch("{url}/v1/athletes", {{credentials: "include"}}).then(it => it.text()).then(it => window.read = it),
  fetch("{url}/visit", {{method: "DELETE", credentials: "include", mode: "cors"}}),
  new Promise(done => {{
    const socket = new WebSocket("{ws}/v1/sessions/{session}/live?after=-1");
    socket.onmessage = it => {{ window.read = it.data; done(); }};
    socket.onclose = done;
  }}),
];
Promise.allSettled(tried).then(() => document.title = "tried");
</script>"""


@pytest.fixture
def elsewhere(served):
    """Another site, with a page that attacks."""
    page = ATTACK.format(
        url=served.url, ws=served.url.replace("http", "ws"), ann=served.ann, session=served.sessions[0]
    ).encode()

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost"]
)  # of one site with ours, as cookies have it, and of another
def test_another_sites_page_changes_and_reads_nothing(visit, served, elsewhere, host):
    page = visit.new_page()
    page.goto(f"http://{host}:{elsewhere}/")
    page.get_by_text("x").count()
    for _ in range(600):
        if page.title() == "tried":
            break
        page.wait_for_timeout(100)
    assert page.title() == "tried"
    assert page.evaluate("window.read") is None
    with page.expect_navigation():
        page.evaluate("document.getElementById('f').submit()")
    with served.client() as client:
        names = [
            client.get(f"/v1/athletes/{one}").json()["name"] for one in client.get("/v1/athletes").json()["athletes"]
        ]
    assert "Eve" not in names
    assert any(name.startswith("Ann") for name in names)


def test_a_script_that_was_slipped_into_a_page_does_not_run(page, served):
    page.goto(f"{served.url}/app/")
    page.get_by_role("heading", name="Sessions", level=1).wait_for()
    page.evaluate("""() => {
        const script = document.createElement('script');
        try {
            script.setAttribute('src', 'data:text/javascript,window.hacked=1');
            document.body.append(script);
        } catch { }
        const inline = document.createElement('div');
        try { inline.innerHTML = '<img src=x onerror="window.hacked=1">'; document.body.append(inline); } catch { }
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    page.seen.complaints.clear()  # the browser says what it did not let in


def test_all_pages_together_weigh_little(served):
    built = [file for file in FOLDER.rglob("*") if file.is_file()]
    weight = sum(len(gzip.compress(file.read_bytes(), 9)) for file in built)
    assert 20_000 < weight < MOST
