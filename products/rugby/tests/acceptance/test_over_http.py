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


def test_a_match_brings_its_chances_with_intervals():
    found = ask({"home": "Ireland", "away": "Italy"})
    (match,) = found["matches"]
    assert found["table"] == []
    assert match["home_win"]["low"] < match["home_win"]["probability"] < match["home_win"]["high"]
    assert match["home_win"]["probability"] > match["away_win"]["probability"]
    assert match["margin"]["low"] < match["margin"]["expected"] < match["margin"]["high"]


def test_home_ground_is_worth_something():
    at_home, neutral = (
        ask({"home": "Wales", "away": "France"}),
        ask({"home": "Wales", "away": "France", "neutral": True}),
    )
    assert at_home["matches"][0]["margin"]["expected"] > neutral["matches"][0]["margin"]["expected"]


def test_fixtures_bring_a_table():
    found = ask({"fixtures": [{"home": "England", "away": "Italy"}, {"home": "Italy", "away": "Wales"}]})
    assert len(found["matches"]) == 2
    assert sorted(row["team"] for row in found["table"]) == ["England", "Italy", "Wales"]
    for row in found["table"]:
        assert sum(row["places"]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "request_",
    [
        {"home": "Wales"},
        {"home": "Wales", "away": "Wales"},
        {"home": "Wales", "away": "Atlantis"},
        {"fixtures": []},
        {"fixtures": [{"home": "Italy", "away": "Italy"}]},
        {"home": "Wales", "away": "Italy", "fixtures": [{"home": "Wales", "away": "Italy"}]},
        {"neutral": True},
        {},
    ],
)
def test_what_is_no_match_is_refused(request_):
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(request_)
    assert refused.value.code == 422
