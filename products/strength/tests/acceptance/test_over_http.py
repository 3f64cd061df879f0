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


def test_a_newcomer_is_offered_three_exercises():
    assert len(ask({"session": "resistanceTargeted:arms"})["exercises"]) == 3


def test_a_request_that_breaks_the_contract_is_told_where():
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask({"session": "resistanceTargeted:arms", "done": [{"exercise": "", "weight_kg": 5}]})
    assert refused.value.code == 422
    assert "/done/0/exercise" in refused.value.read().decode()
