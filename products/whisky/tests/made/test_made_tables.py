import csv
import random

from recommend import FLAVOURS, nearest, read


def test_a_table_of_any_size_is_read_and_searched(tmp_path):
    chance = random.Random(1)
    table = tmp_path / "made.txt"
    with table.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["RowID", "Distillery", *FLAVOURS])
        for row in range(500):
            writer.writerow([row, f"Made {row:03}", *(chance.randint(0, 4) for _ in FLAVOURS)])
    whiskies = read(table)
    found = nearest("Made 007", count=20, whiskies=whiskies)["whiskies"]
    assert [whisky["distance"] for whisky in found] == sorted(whisky["distance"] for whisky in found)
    assert len({whisky["name"] for whisky in found} - {"Made 007"}) == 20
