"""Facts as they are stored: what an older Paceline wrote can be read for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import PacelineError, StoreDamaged
from paceline.keep.journal.codec import Codec, topic
from paceline.keep.journal.facts import Fact, Forgotten, Payload, replay
from paceline.keep.journal.kinds import PAYLOADS, THING_OF, THINGS
from paceline.keep.journal.sessions import FeedbackGiven, Session, SessionStarted

STORED = [json.loads(line) for line in (Path(__file__).parent / "facts_as_stored.jsonl").read_text().splitlines()]
ONE = UUID(int=1)


def stored(topic, state):
    return StoredEvent(originator_id=ONE, originator_version=1, topic=topic, state=state.encode())


@pytest.mark.parametrize("line", STORED, ids=lambda line: line["topic"])
def test_what_was_once_stored_is_read_and_written_as_it_was(line):
    codec = Codec("journal")
    fact = codec.to_domain_event(stored(line["topic"], line["state"]))
    assert fact.kind == line["topic"].partition("/")[0]
    if line["topic"] == topic(type(fact.what)):
        written = json.loads(codec.to_stored_event(fact).state)
        assert json.loads(line["state"])["what"].items() <= written["what"].items(), "a changed field: a new VERSION"


def test_every_kind_of_fact_stands_among_the_stored_in_its_newest_version():
    assert {topic(payload) for payload in PAYLOADS.values()} <= {line["topic"] for line in STORED}


def test_every_kind_of_fact_happens_to_one_kind_of_thing():
    assert set(THING_OF) == set(PAYLOADS.values()) - {Forgotten}
    assert set(THING_OF.values()) == set(THINGS.values())


@pytest.mark.parametrize("line", STORED, ids=lambda line: line["topic"])
def test_no_stored_fact_has_a_field_that_could_hold_a_name(line):
    """What is a free text is an id here; whoever adds a field says here that it can't be one."""
    words = {"subject", "session", "sha256", "format", "device", "blob", "reason", "sport", "kind", "model", "exercise"}
    words |= {
        "day",
        "since",
        "source",
        "product",
        "release",
        "bundle",
        "commit",
        "lock",
        "mark",
        "decoder",
        "flow_version",
    }
    texts = {"name", "text", "context", "serial", "note"}
    what = json.loads(line["state"])["what"]
    strings = {key for key, value in what.items() if isinstance(value, str) and not _uuid(value)}
    assert strings - words - texts == set()


def _uuid(text):
    try:
        return bool(UUID(text))
    except ValueError:
        return False


class Ridden(Payload, frozen=True, kw_only=True):
    """A payload in its third version: it was {km}, then {distance} in km, and is {distance, lap} in m."""

    VERSION: ClassVar[int] = 3

    distance: float
    lap: int


UPCASTS = {
    ("Ridden", 1): lambda old: {"distance": old["km"]},
    ("Ridden", 2): lambda old: {"distance": old["distance"] * 1000, "lap": 1},
}


@pytest.mark.parametrize(
    ("topic", "what"),
    [("Ridden/1", '{"km":4}'), ("Ridden/2", '{"distance":4}'), ("Ridden/3", '{"distance":4000,"lap":1}')],
)
def test_an_older_version_is_read_step_by_step_as_the_newest(topic, what):
    codec = Codec("journal", payloads={"Ridden": Ridden}, upcasts=UPCASTS)
    fact = codec.to_domain_event(stored(topic, f'{{"at":5,"by":"owner","what":{what}}}'))
    assert (fact.what, fact.at, fact.by) == (Ridden(distance=4000, lap=1), 5, "owner")
    assert codec.to_stored_event(fact).topic == "Ridden/3"


@pytest.mark.parametrize(
    "topic", ["Ridden/1", "Ridden/4", "Ridden/0", "Ridden/x", "Ridden", "Walked/1", "", "os.system"]
)
def test_a_version_that_nobody_can_read_is_told_and_not_guessed(topic):
    codec = Codec("journal", payloads={"Ridden": Ridden}, upcasts={("Ridden", 2): UPCASTS["Ridden", 2]})
    with pytest.raises(StoreDamaged, match="fact 1 of"):
        codec.to_domain_event(stored(topic, '{"at":5,"by":"owner","what":{"km":4}}'))


@given(st.sampled_from(STORED), st.data())
def test_damaged_bytes_are_told_and_never_repeated(line, data):
    state = bytearray(line["state"].encode())
    place = data.draw(st.integers(0, len(state) - 1))
    state[place] ^= 1 << data.draw(st.integers(0, 7))
    damaged = StoredEvent(originator_id=ONE, originator_version=1, topic=line["topic"], state=bytes(state))
    try:
        said = Codec("journal").to_domain_event(damaged).kind
    except PacelineError as error:
        said = str(error)
    assert line["topic"].partition("/")[0] in said
    assert "ab" * 32 not in said


def test_a_things_state_is_its_facts_one_after_the_other():
    facts = [
        Fact(originator_id=ONE, originator_version=1, at=1, by="owner", what=SessionStarted(subject="s", start=5)),
        Fact(originator_id=ONE, originator_version=2, at=2, by="owner", what=FeedbackGiven(score=7)),
    ]
    session = replay(Session(id=ONE), facts)
    assert (session.version, session.state, session.start, session.feedback) == (2, "running", 5, 7)
    forgotten = replay(session, [Fact(originator_id=ONE, originator_version=3, at=0, by="", what=Forgotten())])
    assert forgotten == Session(id=ONE, version=3, forgotten=True)
