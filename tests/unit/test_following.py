from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.unit.test_predict import ask
from tests.unit.test_releases import released

from paceline.keep.blobs import open_blobs
from paceline.keep.journal import Journal
from paceline.serve.predict.following import Follower
from paceline.serve.predict.lanes import Desk
from paceline.ship.releases import promote, rollback, shadow


def test_two_servers_serve_what_the_journal_says(tmp_path: Path) -> None:
    blobs = open_blobs(str(tmp_path / "blobs"))
    with Journal.open(str(tmp_path / "journal.sqlite"), organisation="home") as journal:
        one, two = (released(tmp_path / "p", journal, blobs, number=number).name for number in (1, 2))

        async def told() -> None:
            desks = [Desk(), Desk()]
            servers = [Follower(desk, journal, blobs, folder=tmp_path / f"s{n}") for n, desk in enumerate(desks)]

            async def releases() -> list[dict[str, float]]:
                for server in servers:
                    await server.look()
                return [{served.release: share for served, share in desk.lanes("trees").shares} for desk in desks]

            for server in servers:
                await server.look()
            assert desks[0].names == ()
            promote(journal, "trees", release=one, reason="first", by="owner")
            assert await releases() == [{one: 1.0}] * 2
            assert (await ask(desks[0], {"name": "oak"}))[0] == 200
            promote(journal, "trees", release=two, share=0.25, reason="canary", by="owner")
            shadow(journal, "trees", release=two, reason="compare", by="owner")
            assert await releases() == [{one: 0.75, two: 0.25}] * 2
            assert rollback(journal, "trees", reason="errors", by="owner") == one
            assert await releases() == [{one: 1.0}] * 2
            assert desks[0].lanes("trees").shadow is None
            for desk in desks:
                await desk.close()

        asyncio.run(told())


def test_a_bundle_that_was_tampered_with_is_not_served(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blobs = open_blobs(str(tmp_path / "blobs"))
    with Journal.open(str(tmp_path / "journal.sqlite"), organisation="home") as journal:
        one, two = (released(tmp_path / "p", journal, blobs, number=number) for number in (1, 2))
        promote(journal, "trees", release=one.name, reason="first", by="owner")

        async def told() -> None:
            desk = Desk()
            server = Follower(desk, journal, blobs, folder=tmp_path / "s")
            await server.look()
            (place,) = (tmp_path / "blobs").rglob(f"*{two.bundle[-40:]}*")
            place.chmod(0o600)
            place.write_bytes(place.read_bytes() + b"x")
            promote(journal, "trees", release=two.name, share=0.5, reason="canary", by="owner")
            await server.look()
            assert [served.release for served, _ in desk.lanes("trees").shares] == [one.name]
            assert (await ask(desk, {"name": "oak"}))[0] == 200
            await desk.close()

        asyncio.run(told())
    assert "can't be served" in caplog.text
