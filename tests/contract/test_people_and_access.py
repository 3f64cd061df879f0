"""People, access and audit keep their promises on SQLite and on PostgreSQL: one suite for both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from paceline.domain.errors import Absent, Refused, TokenRefused, UnknownName
from paceline.keep.access import Access, Role
from paceline.keep.audit import Audit
from paceline.keep.database import open_database, schema_of
from paceline.keep.journal import Journal
from paceline.keep.people import People, Profile
from paceline.keep.subjects import SUBJECT, mark_of, pseudonym

DAY = 86_400 * 1_000_000_000


@pytest.fixture(params=["sqlite", "postgres"])
def where(request, tmp_path):
    """A store's name → its place."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
        return lambda _: url
    return lambda name: str(tmp_path / f"{name}.sqlite")


@pytest.fixture
def organisation():
    return f"club-{uuid4().hex[:12]}"


@pytest.fixture
def people(where, organisation):
    with People.open(where("people"), organisation=organisation) as people:
        yield people


@pytest.fixture
def audit(where, organisation):
    with Audit.open(where("audit"), organisation=organisation) as audit:
        yield audit


@pytest.fixture
def now():
    """A clock that a test turns: its only element."""
    return [1_000 * DAY]


@pytest.fixture
def access(where, organisation, now):
    with Access.open(where("access"), now=lambda: now[0]) as access:
        access.found_organisation(organisation)
        yield access


# people


def test_a_pseudonym_is_random_and_leads_back_only_here(people):
    first, second = (people.enrol(name="Ann Example", by="owner") for _ in range(2))
    assert first != second
    assert SUBJECT.fullmatch(first)
    assert {person.subject for person in people.named("  Ann   Example ")} == {first, second}
    assert people.person(first).name == "Ann Example"


def test_a_profile_is_kept_and_changed(people):
    subject = people.enrol(name="Ann", profile=Profile(mail="ann@example.org", born="1990-05-01"), by="owner")
    changed = people.change(subject, name="Ann B.", profile=Profile(club="Track Club"))
    assert (changed.name, changed.profile) == ("Ann B.", Profile(club="Track Club"))
    with pytest.raises(Absent):
        people.change(pseudonym(), name="Nobody")


@pytest.mark.parametrize(
    "wrong", [{"mail": "no address"}, {"born": "1 May"}, {"phone": "1" * 51}, {"about": "x" * 10_001}]
)
def test_a_profile_that_can_not_be_is_refused_without_being_repeated(wrong):
    with pytest.raises(Refused) as refused:
        Profile(**wrong)
    assert str(next(iter(wrong.values()))) not in str(refused.value)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Ann\x07"])
def test_a_name_that_is_none_is_refused(people, name):
    with pytest.raises(Refused):
        people.enrol(name=name, by="owner")


def test_everybody_is_listed_in_pages(people):
    subjects = sorted(people.enrol(name=f"Rider {number}", by="owner") for number in range(5))
    first = people.people(limit=3)
    rest = people.people(after=first[-1].subject, limit=3)
    assert [person.subject for person in (*first, *rest)] == subjects


def test_nothing_is_agreed_to_until_it_is_and_every_change_is_kept(people):
    subject = people.enrol(name="Ann", by="owner")
    assert people.given(subject) == frozenset()
    for given in (True, False, True):
        people.consent(subject, purpose="coaching", given=given, by="owner")
    people.consent(subject, purpose="research", given=False, by="owner")
    assert people.given(subject) == {"coaching"}
    assert [one.given for one in people.consented(subject) if one.purpose == "coaching"] == [True, False, True]
    with pytest.raises(UnknownName, match="coaching"):
        people.consent(subject, purpose="coachin", given=True, by="owner")


def test_a_stable_subject_has_one_pseudonym_and_an_unstable_one_a_new_one_each_session(people):
    subject, morning, evening = people.enrol(name="Ann", by="owner"), uuid4(), uuid4()
    assert people.subject_for_session(subject, morning) == subject
    people.unstable(subject, wanted=True)
    aliases = [people.subject_for_session(subject, session) for session in (morning, morning, evening)]
    assert aliases[0] == aliases[1] != aliases[2]
    assert subject not in aliases
    assert {people.owner(alias) for alias in aliases} == {subject}
    assert set(people.subjects_of(aliases[0])) == {subject, *aliases}
    assert people.person(aliases[2]).name == "Ann"
    people.unstable(subject, wanted=False)
    assert people.subject_for_session(subject, evening) == aliases[2]
    assert people.subject_for_session(subject, uuid4()) == subject


def test_recordings_of_an_unstable_subject_are_grouped_without_linking_its_sessions(people):
    subject = people.enrol(name="Ann", by="owner")
    assert people.session_at(subject, sha256="0" * 64, start=0, end=10) == (subject, None)
    people.unstable(subject, wanted=True)
    times = {"a": (0, 10), "b": (5, 15), "c": (14, 20), "d": (100, 110), "e": (None, None), "f": (None, None)}
    placed = {key: people.session_at(subject, sha256=key * 64, start=s, end=e) for key, (s, e) in times.items()}
    assert placed["a"] == placed["b"] == placed["c"]
    assert len(set(placed.values())) == 4
    assert {people.session_at(subject, sha256="e" * 64, start=None, end=None)} == {placed["e"]}
    people.unstable(subject, wanted=False)
    assert people.session_at(subject, sha256="a" * 64, start=0, end=10) == placed["a"]


def test_two_machines_give_a_recording_of_an_unstable_subject_one_pseudonym(people, where, organisation):
    subject = people.enrol(name="Ann", by="owner")
    people.unstable(subject, wanted=True)
    with People.open(where("people"), organisation=organisation) as other, ThreadPoolExecutor(8) as pool:
        asked = [people, other] * 8
        found = set(pool.map(lambda one: one.session_at(subject, sha256="a" * 64, start=0, end=9), asked))
    assert len(found) == 1


def test_an_export_holds_everything_and_what_the_other_stores_hold(people):
    subject = people.enrol(name="Ann", profile=Profile(mail="ann@example.org"), by="owner")
    people.unstable(subject, wanted=True)
    alias = people.subject_for_session(subject, uuid4())
    people.consent(subject, purpose="models", given=True, by="owner")
    people.keep_text(alias, "A cold.")
    held = people.export(alias, parts={"lake": lambda subjects: {"asked of": subjects}})
    assert held["person"]["profile"]["mail"] == "ann@example.org"
    assert held["pseudonyms"] == [subject, alias]
    assert [text["text"] for text in held["texts"]] == ["A cold."]
    assert [consent["purpose"] for consent in held["consents"]] == ["models"]
    assert held["lake"] == {"asked of": (subject, alias)}


def test_a_forgotten_person_is_gone_from_every_store_that_is_asked(people):
    gone, stays = (people.enrol(name=name, by="owner") for name in ("Ann", "Ben"))
    people.unstable(gone, wanted=True)
    alias = people.subject_for_session(gone, uuid4())
    kept, lost = people.keep_text(stays, "Ben's note"), people.keep_text(alias, "Ann's note")
    asked = []
    done = people.forget(gone, parts={"journal": lambda subjects: asked.append(subjects) or 7}, by="owner")
    assert asked == [(gone, alias)]
    assert (done.pseudonyms, done.removed) == (2, {"journal": 7})
    for nobody in (gone, alias):
        with pytest.raises(Absent):
            people.person(nobody)
    assert (people.text(kept), people.text(lost)) == ("Ben's note", "")
    assert [person.name for person in people.people()] == ["Ben"]
    assert people.forgotten() == {mark_of(gone), mark_of(alias)}
    assert people.verify() == ()
    with pytest.raises(Absent):
        people.forget(gone, by="owner")


def test_forgetting_that_was_interrupted_is_finished_and_until_then_told(people):
    subject = people.enrol(name="Ann", by="owner")
    calls = []

    def store(subjects):
        calls.append(subjects)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return 1

    with pytest.raises(KeyboardInterrupt):
        people.forget(subject, parts={"lake": store}, by="owner")
    with pytest.raises(Absent):
        people.person(subject)
    assert "half forgotten" in "".join(people.verify())
    calls.clear()
    with pytest.raises(KeyboardInterrupt):
        people.forget(subject, parts={"lake": store}, by="owner")
    assert people.finish_forgetting({"lake": store}) == 1
    assert calls == [(subject,), (subject,)]
    assert people.finish_forgetting({"lake": store}) == 0
    assert people.verify() == ()


def test_no_byte_of_a_forgotten_person_is_left_in_any_file(tmp_path):
    def at(name):
        return str(tmp_path / f"{name}.sqlite")

    with (
        People.open(at("people"), organisation="home") as people,
        Journal.open(at("journal"), organisation="home", texts=people) as journal,
        Audit.open(at("audit"), organisation="home") as audit,
        Access.open(at("access")) as access,
    ):
        access.found_organisation("home")
        gone = people.enrol(name="Annabel Example", profile=Profile(mail="annabel@example.org"), by="owner")
        people.unstable(gone, wanted=True)
        alias = people.subject_for_session(gone, uuid4())
        (fact,) = journal.start_session(subject=alias, start=1_714_555_555_123_456_789, by="owner")
        for number in range(120):  # enough for a snapshot
            journal.mark_effort(fact.originator_id, start=number, end=number, name="Annabel's sprint", by="owner")
        journal.note(fact.originator_id, text="Annabel had a cold.", by="owner")
        audit.record(by="owner", action="read data", subjects=[gone, alias], thing=str(fact.originator_id))
        access.issue_token("home", Role.ATHLETE, subject=gone, expires=None, by="owner")
        secrets = ["Annabel", "annabel@example.org", gone, alias, "1714555555123456789", "1_714_555"]
        held = _bytes(tmp_path)
        assert [secret for secret in secrets[:-1] if secret.encode() not in held] == []
        people.forget(
            gone,
            parts={
                "journal": lambda subjects: journal.forget(subjects, by="owner"),
                "audit": audit.forget,
                "access": lambda subjects: access.forget(subjects, organisation="home"),
            },
            by="owner",
        )
        assert [secret for secret in secrets if secret.encode() in _bytes(tmp_path)] == []
        assert [*journal.verify(), *people.verify(), *audit.verify(), *access.check()] == []
    assert [secret for secret in secrets if secret.encode() in _bytes(tmp_path)] == []


def _bytes(folder):
    return b"".join(path.read_bytes() for path in sorted(Path(folder).iterdir()))


def test_names_lie_with_the_people_alone(where, organisation, people):
    with Journal.open(where("journal"), organisation=organisation, texts=people) as journal:
        subject = people.enrol(name="Annabel Example", by="owner")
        told = {"subject": subject, "sha256": "a" * 64, "size": 1, "by": "owner"}
        journal.receive_recording(**told, name="Annabel Example.fit", format="fit", start=0, end=9)
        session = journal.place_recording(subject=subject, sha256="a" * 64, by="owner").session
        journal.note(session, text="Annabel was late", by="owner")
        journal.describe_session(session, context={"venue": "Annabel's garage"}, by="owner")
        journal.sessions()
        database = open_database(where("journal"), schema=schema_of(organisation))
        rows = [database.rows(f"SELECT * FROM {table}") for table in ("stored_events", "listing")]  # noqa: S608
        database.close()
        held = b"".join(
            bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
            for row in rows
            for line in row
            for cell in line
        )
        assert subject.encode() in held
        assert b"Annabel" not in held


# access


def test_a_token_opens_what_it_was_issued_for_and_only_its_hash_is_kept(access, organisation, where):
    subject = pseudonym()
    text = access.issue_token(organisation, "athlete", subject=subject, scopes=["read data"], expires=None, by="owner")
    grant = access.verify(text)
    assert (grant.organisation, grant.role, grant.subject) == (organisation, Role.ATHLETE, subject)
    assert grant.scopes == {"read data"}
    database = open_database(where("access"), schema="paceline__access")
    held = repr(database.rows("SELECT * FROM tokens"))
    database.close()
    assert grant.token_id in held
    assert text.rpartition("_")[2] not in held
    assert text not in held


def test_an_expired_a_revoked_a_forged_and_a_malformed_token_open_nothing(access, organisation, now):
    short = access.issue_token(organisation, Role.ADMIN, expires=now[0] + DAY, by="owner")
    other = access.issue_token(organisation, Role.ADMIN, expires=now[0] + DAY, by="owner")
    key = access.verify(other).token_id
    forged = f"{short[:-43]}{other[-43:]}"
    wrong = [forged, short[:-1], short + "x", short.upper(), "", "Bearer", "paceline_" + "0" * 16 + "_" + "A" * 43]
    for text in [*wrong, "\ud800", "x" * 100_000]:
        with pytest.raises(TokenRefused):
            access.verify(text)
    access.revoke(key, organisation=organisation)
    access.revoke(key, organisation=organisation)
    with pytest.raises(TokenRefused):
        access.verify(other)
    assert access.verify(short).role is Role.ADMIN
    now[0] += DAY
    with pytest.raises(TokenRefused):
        access.verify(short)


def test_a_token_that_nobody_should_have_is_not_issued(access, organisation, now):
    issue = access.issue_token
    with pytest.raises(Absent, match="organisation"):
        issue("nowhere", Role.ADMIN, expires=None, by="owner")
    with pytest.raises(UnknownName, match="admin"):
        issue(organisation, "admn", expires=None, by="owner")
    with pytest.raises(UnknownName, match="read data"):
        issue(organisation, Role.COACH, scopes=["read dat"], expires=None, by="owner")
    for role in (Role.ATHLETE, Role.DEVICE):
        with pytest.raises(Refused, match="needs a subject"):
            issue(organisation, role, expires=None, by="owner")
    for expires in (now[0], now[0] + 401 * DAY):
        with pytest.raises(Refused, match="expire"):
            issue(organisation, Role.COACH, expires=expires, by="owner")
    with pytest.raises(Refused, match="pseudonym"):
        issue(organisation, Role.ATHLETE, subject="Ann", expires=None, by="owner")


def test_an_organisation_can_not_revoke_or_see_anothers_tokens(access, organisation):
    access.found_organisation(f"{organisation}-b")
    text = access.issue_token(organisation, Role.COACH, expires=None, by="owner")
    key = access.verify(text).token_id
    assert access.tokens(f"{organisation}-b") == ()
    with pytest.raises(Absent):
        access.revoke(key, organisation=f"{organisation}-b")
    assert [token.grant.token_id for token in access.tokens(organisation)] == [key]


@pytest.mark.parametrize("slug", ["", "Home", "a_b", "-a", "a-", "a--b", "x" * 33, "a/b", "../x", "paceline", "access"])
def test_a_name_of_an_organisation_can_not_lead_out_of_its_place(access, slug):
    if slug in {"paceline", "access"}:
        assert access.found_organisation(slug).slug == slug
        assert schema_of(slug) not in {"paceline__access", "public"}
        return
    with pytest.raises(Refused):
        access.found_organisation(slug)
    with pytest.raises(Refused):
        schema_of(slug)


def test_the_tokens_of_a_forgotten_subject_are_gone(access, organisation):
    subject = pseudonym()
    text = access.issue_token(organisation, Role.ATHLETE, subject=subject, expires=None, by="owner")
    assert [held["role"] for held in access.holdings([subject], organisation=organisation)] == ["athlete"]
    assert access.forget([subject], organisation=organisation) == 1
    with pytest.raises(TokenRefused):
        access.verify(text)
    assert access.check() == ()


# audit


def test_every_access_leaves_an_event_and_forgetting_takes_whose_it_was(audit):
    ann, ben = pseudonym(), pseudonym()
    audit.record(by="token1", action="read data", subjects=[ann, ben], thing="session1")
    audit.record(by="token2", action="export person", subjects=[ann], allowed=False)
    assert [(event.by, event.allowed) for event in audit.events(subject=ann)] == [("token1", True), ("token2", False)]
    assert len(audit.events()) == 3
    assert [event["action"] for event in audit.holdings([ben])] == ["read data"]
    assert audit.forget([ann]) == 2
    assert audit.events(subject=ann) == ()
    assert [(event.by, event.subject, event.thing) for event in audit.events() if event.subject != ben] == [
        ("token1", "", ""),
        ("token2", "", ""),
    ]
    assert audit.verify() == ()


def test_an_audit_event_holds_no_free_text(audit):
    for wrong in ({"by": "Ann\n"}, {"by": ""}, {"action": "read <b>"}, {"thing": "x" * 101}):
        with pytest.raises(Refused):
            audit.record(**{"by": "owner", "action": "read data", "subjects": [pseudonym()], **wrong})
    assert audit.events() == ()
