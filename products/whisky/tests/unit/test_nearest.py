from recommend import explain, near_names, nearest

MADE = {"Peat": [4.0] * 12, "Reek": [4.0] * 11 + [3.0], "Loam": [4.0] * 11 + [3.0], "Bloom": [0.0] * 12}


def test_the_nearest_comes_first_and_the_favourite_never():
    assert [whisky["name"] for whisky in nearest("Peat", whiskies=MADE)["whiskies"]] == ["Loam", "Reek", "Bloom"]


def test_ties_go_by_name():
    found = nearest("Peat", count=2, whiskies=MADE)["whiskies"]
    assert found == [{"name": "Loam", "distance": 1.0}, {"name": "Reek", "distance": 1.0}]


def test_an_unknown_name_gets_near_names_and_no_guess():
    found = nearest("peet", whiskies=MADE)
    assert (found["known"], found["whiskies"], found["near_names"]) == (False, [], ["Peat"])


def test_a_name_like_no_other_gets_nothing():
    assert near_names("zzzz", MADE) == []


def test_the_parts_of_an_explanation_add_up_to_the_squared_distance():
    (part,) = explain("Peat", count=1, whiskies=MADE)["explained"]
    assert (part["name"], sum(part["squared_distance"].values())) == ("Loam", 1.0)
