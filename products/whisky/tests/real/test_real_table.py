from recommend import WHISKIES, nearest


def test_every_distillery_has_five_others_near_it():
    assert len(WHISKIES) == 86
    for name in WHISKIES:
        found = [whisky["name"] for whisky in nearest(name)["whiskies"]]
        assert len(set(found)) == 5
        assert name not in found


def test_the_nearest_to_macallan_are_those_that_were_found_by_hand():
    found = nearest("Macallan")["whiskies"]
    assert [whisky["name"] for whisky in found] == [
        "Glendronach",
        "Glendullan",
        "RoyalLochnagar",
        "Auchroisk",
        "Dailuaine",
    ]
    assert [whisky["distance"] for whisky in found] == [2.0, 2.8284, 2.8284, 3.0, 3.0]
