"""What is kept, from Python: at a data version, and no more of it than a token reaches."""

from __future__ import annotations

import pytest
from tests.unit.kept import BEGIN, DAY, athlete, house, ride_file

import paceline
from paceline.domain.errors import AccessDenied, NoSuchVersion, Refused, StoreUnavailable, TokenRefused
from paceline.jobs.importing import import_files
from paceline.jobs.wiring import Settings
from paceline.keep.access import Access
from paceline.keep.access.rules import Role
from paceline.keep.audit import Audit


@pytest.fixture
def people(tmp_path):
    with house(tmp_path) as store:
        found = [athlete(store, name) for name in ("Anna Anderson", "Ben Berger")]
        for number, subject in enumerate(found):
            ride = ride_file(tmp_path / f"{number}.fit", begin=BEGIN + number * DAY, seed=number + 1)
            import_files(store, [ride], subject=subject)
        return found


@pytest.fixture
def place(tmp_path, people):
    return tmp_path / "house"


def token(place, **more):
    with Access.open(Settings(place).house.access) as access:
        access.found_organisation("home")
        return access.issue_token("home", expires=None, by="owner", **more)


def test_the_owner_sees_sessions_metrics_and_samples(place, people):
    with paceline.open(place) as kept:
        assert kept.subjects() == tuple(sorted(people))
        assert kept.sessions().columns == ["session", "subject", "start", "stop", "sport"]
        assert kept.sessions().height == 2
        assert kept.metrics("work", subject=people[0])["value"].item() > 0
        assert kept.metrics("average_power", effort="lap 2").height == 2
        session = kept.sessions(people[0])["session"].item()
        samples = kept.table("samples_record", session=session, months=["2023-11"], columns=["t", "power"])
        assert samples.columns == ["t", "power"]
        assert samples.height == 900
        assert kept.pandas("efforts", subject=people[0])["effort"].iloc[0]


def test_a_session_is_all_that_read_gives(place):
    with paceline.open(place) as kept:
        key = kept.sessions()["session"][0]
        assert kept.session(key[:8])["work"].value == pytest.approx(
            kept.table("metrics", session=key).filter(metric="work", number=0)["value"].item()
        )


def test_a_version_shows_what_was_there_then(place, people, tmp_path):
    with paceline.open(place) as kept:
        old = kept.version
    with house(tmp_path) as store:
        ride = ride_file(tmp_path / "later.fit", begin=BEGIN + 9 * DAY, seed=9)
        import_files(store, [ride], subject=people[0])
    with paceline.open(place, version=old) as then, paceline.open(place) as now:
        assert (then.sessions().height, now.sessions().height) == (2, 3)
    with pytest.raises(NoSuchVersion):
        paceline.open(place, version=old + 50)


def test_an_athlete_sees_what_is_theirs_and_it_is_written_down(place, people):
    mine = token(place, role=Role.ATHLETE, subject=people[0])
    with paceline.open(place, token=mine) as kept:
        assert kept.subjects() == (people[0],)
        assert set(kept.metrics()["subject"]) == {people[0]}
        assert set(kept.table("samples_record")["subject"]) == {people[0]}
        other = next(str(s.id) for s in kept.store.sessions(people[1]))
        for look in (
            lambda: kept.metrics(subject=people[1]),
            lambda: kept.table("efforts", session=other),
            lambda: kept.table("efforts", session=other, subject=people[0]),
            lambda: kept.session(other),
            lambda: kept.session("0" * 8),
        ):
            with pytest.raises(AccessDenied):
                look()
    with Audit.open(Settings(place).house.organisation().audit, organisation="home") as audit:
        assert {event.subject for event in audit.events()} == {people[0]}


def test_a_coach_sees_who_agreed(place, people, tmp_path):
    coach = token(place, role=Role.COACH)
    with paceline.open(place, token=coach) as kept:
        assert kept.subjects() == ()
        assert kept.metrics().height == 0
    with house(tmp_path) as store:
        store.people.consent(people[1], purpose="coaching", given=True, by="owner")
    with paceline.open(place, token=coach) as kept:
        assert set(kept.metrics()["subject"]) == {people[1]}


def test_a_device_sees_nothing(place, people):
    device = token(place, role=Role.DEVICE, subject=people[0])
    with paceline.open(place, token=device) as kept, pytest.raises(AccessDenied):
        kept.metrics(subject=people[0])


@pytest.mark.parametrize("wrong", ["", "paceline_0123456789abcdef_" + "x" * 43])
def test_a_token_that_is_none_is_refused(place, wrong):
    with pytest.raises(TokenRefused):
        paceline.open(place, token=wrong)


def test_a_token_of_another_organisation_opens_nothing(place):
    with Access.open(Settings(place).house.access) as access:
        access.found_organisation("club")
        issued = access.issue_token("club", role=Role.ADMIN, expires=None, by="owner")
    with pytest.raises(AccessDenied):
        paceline.open(place, token=issued)


def test_a_servers_url_says_that_it_cant_be_opened_yet():
    with pytest.raises(Refused, match="server's URL"):
        paceline.open("https://paceline.example")


def test_where_nothing_is_kept_nothing_is_made(tmp_path):
    with pytest.raises(StoreUnavailable, match="paceline import"):
        paceline.open(tmp_path / "empty")
    assert not (tmp_path / "empty").exists()
