import pytest
from suggest import next_set

CURL, PUSHDOWN = "resistanceTargeted:arms/barbell-biceps-curl", "resistanceTargeted:arms/triceps-pushdown"
SETS = [{"exercise": name, "weight_kg": weight, "repetitions": 12} for weight in (40, 45) for name in (CURL, PUSHDOWN)]
HISTORY = [{"session": "resistanceTargeted:arms", "sets": SETS}] * 2


def test_a_newcomer_is_offered_the_catalogue_without_labels():
    found = next_set("resistanceTargeted:arms")
    assert found["exercises"][0]["exercise"] == CURL
    assert "weight_kg" not in found["exercises"][0]


def test_a_habit_is_told_with_its_weight():
    first = next_set("resistanceTargeted:arms", done=SETS[:1], history=HISTORY)["exercises"][0]
    assert (first["exercise"], first["weight_kg"], first["repetitions"]) == (PUSHDOWN, 40, 12)
    assert first["reasons"]["weight"] == "again"


def test_a_session_begins_as_the_last_one_did():
    first = next_set("resistanceTargeted:arms", history=HISTORY)["exercises"][0]
    assert (first["exercise"], first["weight_kg"]) == (CURL, 40)


def test_a_type_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="yoga"):
        next_set("yoga")
