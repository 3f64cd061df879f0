import base64
import json
import os
import urllib.error
import urllib.request

import pytest

from paceline.simulate.track import simulate_track
from paceline.simulate.track_files import write_session
from paceline.simulate.track_plans import Block, World

ADDRESS = os.environ["PRODUCT_URL"]


def ask(request):
    body = json.dumps(request).encode()
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{ADDRESS}/predict", body, headers), timeout=60) as answer:
        return json.load(answer)


def test_a_raw_file_brings_its_metrics(tmp_path):
    write_session(simulate_track(4, world=World(blocks=(Block("short", 1000.0, (455.0,)),))), tmp_path)
    content = base64.b64encode((tmp_path / "hub.csv").read_bytes()).decode()
    found = ask({"files": [{"name": "hub.csv", "content": content}], "metrics": ["average_power"]})
    assert found["metrics"]["average_power"]["unit"] == "W"


def test_a_request_without_files_is_refused():
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask({"files": []})
    assert refused.value.code == 422
