"""The whiskies most like a favourite, by twelve flavours that a panel scored from 0 to 4."""

import csv
import difflib
import math
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "whiskies.txt"
FLAVOURS = [
    "Body",
    "Sweetness",
    "Smoky",
    "Medicinal",
    "Tobacco",
    "Honey",
    "Spicy",
    "Winey",
    "Nutty",
    "Malty",
    "Fruity",
    "Floral",
]


def read(table=TABLE):
    """Each distillery's flavours, by its name."""
    with open(table, newline="") as lines:
        return {row["Distillery"]: [float(row[flavour]) for flavour in FLAVOURS] for row in csv.DictReader(lines)}


WHISKIES = read()


def nearest(favourite, count=5, whiskies=WHISKIES):
    """The nearest by Euclidean distance, never the favourite itself; ties go by name, A before Z.

    A name that is not in the table gets no guess, but the names that come close to it.
    """
    if favourite not in whiskies:
        return {"favourite": favourite, "known": False, "near_names": near_names(favourite, whiskies), "whiskies": []}
    taste = whiskies[favourite]
    others = sorted((math.dist(taste, flavours), name) for name, flavours in whiskies.items() if name != favourite)
    found = [{"name": name, "distance": round(distance, 4)} for distance, name in others[:count]]
    return {"favourite": favourite, "known": True, "near_names": [], "whiskies": found}


def near_names(name, whiskies=WHISKIES):
    """Names of the table that are spelt much like this one, the closest first, whatever the case."""
    spelt = {known.casefold(): known for known in whiskies}
    return [spelt[near] for near in difflib.get_close_matches(name.casefold(), spelt, n=3, cutoff=0.6)]


def explain(favourite, count=5, whiskies=WHISKIES):
    """How much each flavour adds to each squared distance: exact, and the sum is the whole."""
    found = nearest(favourite, count, whiskies)
    parts = []
    for whisky in found["whiskies"]:
        pairs = zip(FLAVOURS, whiskies[favourite], whiskies[whisky["name"]])
        parts.append({"name": whisky["name"], "squared_distance": {flavour: (a - b) ** 2 for flavour, a, b in pairs}})
    return {"favourite": favourite, "explained": parts}
