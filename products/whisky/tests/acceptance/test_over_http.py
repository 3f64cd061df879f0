import json
import os
import urllib.error
import urllib.request

import pytest

ADDRESS = os.environ["PRODUCT_URL"]


def ask(request):
    body = json.dumps(request).encode()
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{ADDRESS}/predict", body, headers), timeout=10) as answer:
        return json.load(answer)


def test_a_favourite_brings_five_others():
    found = ask({"favourite": "Macallan"})
    assert found["known"]
    assert [whisky["name"] for whisky in found["whiskies"]][:1] == ["Glendronach"]
    assert len(found["whiskies"]) == 5


def test_an_unknown_name_brings_near_names():
    assert "Macallan" in ask({"favourite": "MacAllen"})["near_names"]


def test_a_request_that_breaks_the_contract_is_told_where():
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask({"favourite": "Macallan", "count": 0})
    assert refused.value.code == 422
    assert "/count" in refused.value.read().decode()
