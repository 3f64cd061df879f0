"""What a ride on the track was worth, from the raw files that there are: metrics, and why one is missing."""

import base64
import binascii
import math
import tempfile
from pathlib import Path

import paceline
from paceline.measure.catalogue import catalogue

MOST = 8
"""Files of one request."""


def measured(files, settings="", effort="", metrics=()):
    """The metrics of a session or of one of its efforts.

    Each file is the name it had and its content, base64. Settings are the text of a `paceline.yaml`: track,
    transponder, masses. An effort is a run, a lap or a lap's name; without one the whole session is meant.
    """
    session = read(files, settings)
    chosen = session.effort(effort) if effort else session.whole
    found = session.metrics(chosen, only=list(metrics) or None)
    values = {name: plain(found[name].value) for name in found.found}
    known = {name: value for name, value in values.items() if value is not None}
    return {
        "efforts": [one.name for one in session.efforts],
        "metrics": {name: {"value": value, "unit": found[name].metric.unit} for name, value in known.items()},
        "missing": {name: found.missing[name].why for name in found.missing},
    }


def explain(files, settings="", effort="", metrics=()):
    """What each metric was computed from, exactly: readings by source, settings, and the metrics on its way.

    Whoever has the readings can go the same way by hand. Without names, the metrics of the first page are explained.
    """
    session = read(files, settings)
    chosen = session.effort(effort) if effort else session.whole
    names = list(metrics) or [name for name, one in catalogue().items() if one.headline]
    found = session.metrics(chosen, only=names)
    ways = {name: way(name) for name in found.found}
    through = session.metrics(chosen, only=sorted(set().union(*ways.values()))) if ways else found
    return {
        "metrics": {name: explained(found[name], through, ways[name]) for name in found.found},
        "missing": {name: found.missing[name].why for name in found.missing},
    }


def explained(result, through, names):
    """One metric: its readings, its settings, and each metric on its way with its value where that is a number."""
    return {
        "says": result.metric.summary,
        "sources": [
            {"quantity": one.quantity, "name": one.name, "readings": one.readings, "unused": one.unused}
            for one in result.sources
        ],
        "settings": [{"name": one.name, "since": one.since} for one in result.settings],
        "way": {
            name: {
                "value": plain(through[name].value),
                "unit": through[name].metric.unit,
                "from": [*through[name].metric.needs, *through[name].metric.uses],
            }
            for name in sorted(names)
            if name in through.found
        },
        "problems": list(result.problems),
    }


def way(name):
    """The metrics that a metric is computed from, itself among them."""
    one = catalogue().get(name)
    return set() if one is None else {name}.union(*(way(parent) for parent in (*one.needs, *one.uses)))


def read(files, settings):
    """The session that some files hold."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [written(Path(folder), number, file) for number, file in enumerate(files[:MOST])]
        told = Path(folder) / "settings.yaml"
        told.write_text(settings, encoding="utf-8")
        return paceline.read(*paths, settings=told)


def written(folder, number, file):
    """One file as it came, under a name of its own: a name from outside is no path."""
    try:
        content = base64.b64decode(file["content"], validate=True)
    except binascii.Error as error:
        raise ValueError("content is not base64") from error
    path = folder / f"{number}{Path(file['name']).suffix[:16]}"
    path.write_bytes(content)
    return path


def plain(value):
    """Numbers and rows of numbers; absent readings are null. Other things are for the page."""
    if isinstance(value, (int, float)):
        return None if math.isnan(value) else float(value)
    if hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1 and value.size <= 1000:
        return [None if math.isnan(each) else float(each) for each in value.tolist()]
    return None
