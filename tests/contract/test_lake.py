"""What the lake promises: rows once, versions that can be travelled back to, and people who can leave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.contract import s3

from paceline.domain.errors import NoSuchVersion, StoreUnavailable, UnknownName
from paceline.keep.lake import TABLES, Lake, Placed
from paceline.keep.lake.erasure import forget
from paceline.keep.lake.tables import MEASURED

ANNA, BEN = "s" + "a" * 25, "s" + "b" * 25
MAY, JUNE = "2024-05", "2024-06"


def samples(placed: Placed, *, count: int = 10, power: float = 200.0, **more) -> pl.DataFrame:
    columns = {"recording": "ab" * 32, "part": 0, "stream": "record"}
    rows = pl.DataFrame({"sample": range(count), "t": range(count), "power": [power] * count, **more})
    whose = {"subject": placed.subject, "month": placed.month, "session": placed.session}
    return rows.with_columns(**{name: pl.lit(value) for name, value in {**whose, **columns}.items()})


def metrics(placed: Placed, *values: tuple[str, float]) -> pl.DataFrame:
    whose = {"subject": placed.subject, "month": placed.month, "session": placed.session}
    rows = pl.DataFrame({"metric": [n for n, _ in values], "value": [v for _, v in values], "number": 0})
    return rows.with_columns(**{name: pl.lit(value) for name, value in whose.items()}, flow_version=pl.lit("1"))


def stored(lake: Lake, placed: Placed, **more) -> int:
    frames = {"samples_record": samples(placed, **more), "metrics": metrics(placed, ("work", 1.0), ("load", 2.0))}
    return lake.replace(frames, placed=[placed])


FIRST, SECOND = Placed("session-1", ANNA, MAY), Placed("session-2", ANNA, JUNE)
OTHER = Placed("session-3", BEN, MAY)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture(params=["folder", *(["s3"] if s3.ENDPOINT else [])])
def any_lake(request, tmp_path):
    return Lake(s3.bucket(), options=s3.OPTIONS) if request.param == "s3" else Lake(str(tmp_path / "lake"))


def test_an_empty_lake_is_version_0_and_has_its_columns(any_lake):
    assert any_lake.version() == 0
    assert any_lake.tables() == ()
    assert any_lake.read("metrics").columns == list(TABLES["metrics"].columns)


def test_a_session_written_twice_is_there_once(any_lake):
    stored(any_lake, FIRST)
    stored(any_lake, FIRST)
    assert any_lake.read("samples_record").height == 10
    assert any_lake.read("metrics").height == 2


def test_a_session_written_anew_leaves_nothing_of_the_old(any_lake):
    stored(any_lake, FIRST)
    any_lake.replace({"samples_rr": samples(FIRST, count=3).drop("power")}, placed=[FIRST])
    assert any_lake.read("samples_record").height == 0
    assert any_lake.read("metrics").height == 0
    assert any_lake.read("samples_rr").height == 3


def test_other_sessions_stay_as_they_are(any_lake):
    for placed in (FIRST, SECOND, OTHER):
        stored(any_lake, placed)
    stored(any_lake, FIRST, power=300.0)
    assert (
        any_lake.read("samples_record", where={"session": [SECOND.session, OTHER.session]})["power"].unique().item()
        == 200
    )


def test_several_sessions_are_one_version(any_lake):
    frames = pl.concat([samples(FIRST), samples(SECOND), samples(OTHER)])
    assert any_lake.replace({"samples_record": frames}, placed=[FIRST, SECOND, OTHER]) == 1
    assert any_lake.read("samples_record").height == 30


def test_a_channel_that_comes_later_is_null_before(any_lake):
    stored(any_lake, FIRST)
    stored(any_lake, SECOND, heart_rate=[150.0] * 10, heart_rate_flags=[4] * 10)
    rows = any_lake.read("samples_record").sort("session")
    assert rows["heart_rate"].null_count() == 10
    assert rows["heart_rate_flags"].drop_nulls().to_list() == [4] * 10


def test_every_version_can_be_travelled_back_to(any_lake):
    versions = [stored(any_lake, FIRST, power=float(power)) for power in (100, 200, 300)]
    any_lake.compact()
    assert [any_lake.read("samples_record", version=v)["power"].unique().item() for v in versions] == [100, 200, 300]
    assert any_lake.read("samples_record", version=0).height == 0


def test_a_version_that_never_was_is_an_error(any_lake):
    stored(any_lake, FIRST)
    with pytest.raises(NoSuchVersion, match="1 to 1"):
        any_lake.read("metrics", version=7)


def test_a_version_holds_all_tables_as_they_were_together(any_lake):
    first = stored(any_lake, FIRST)
    stored(any_lake, SECOND)
    assert any_lake.read("samples_record", version=first)["session"].unique().to_list() == [FIRST.session]
    assert any_lake.read("metrics", version=first)["session"].unique().to_list() == [FIRST.session]


def test_what_no_version_names_yet_is_not_read_and_written_over(lake, tmp_path):
    """A writer was killed between a table and the version that would have named it."""
    stored(lake, FIRST)
    stored(lake, SECOND)
    newest = max((tmp_path / "lake" / "_versions").iterdir())
    newest.unlink()
    again = Lake(lake.place)
    assert again.read("metrics")["session"].unique().to_list() == [FIRST.session]
    stored(again, SECOND)
    assert again.read("samples_record").height == 20


def test_one_athletes_month_touches_no_other_file(lake, tmp_path):
    for placed in (FIRST, SECOND, OTHER):
        stored(lake, placed)
    mine = f"subject={ANNA}/month={MAY}"
    for path in (tmp_path / "lake").rglob("*.parquet"):
        if mine not in str(path):
            path.write_bytes(b"not to be read")
    for name in ("samples_record", "metrics"):
        found = lake.read(name, where={"subject": ANNA, "month": MAY})
        assert found["session"].unique().to_list() == [FIRST.session]
    with pytest.raises(StoreUnavailable):
        lake.read("metrics")
    assert len(list(lake.verify())) == 2


def test_rows_of_the_same_key_are_replaced_and_others_kept(any_lake):
    stored(any_lake, FIRST)
    any_lake.append("metrics", metrics(FIRST, ("work", 5.0)), key=("session", "metric"))
    assert dict(any_lake.read("metrics").select("metric", "value").iter_rows()) == {"work": 5.0, "load": 2.0}


def test_a_key_with_holes_would_replace_too_much_and_is_refused(any_lake):
    rows = pl.concat([metrics(FIRST, ("work", 1.0)), metrics(Placed("session-9", ANNA, MAY), ("load", 1.0))])
    with pytest.raises(ValueError, match="some combinations only"):
        any_lake.append("metrics", rows, key=("session", "metric"))


def test_a_removed_session_is_gone_but_for_the_past(any_lake):
    before = stored(any_lake, FIRST)
    any_lake.remove([FIRST])
    assert any_lake.read("metrics").height == 0
    assert any_lake.read("metrics", version=before).height == 2


def test_compaction_makes_one_file_of_many_and_changes_no_row(any_lake):
    for number in range(5):
        stored(any_lake, Placed(f"session-{number}", ANNA, MAY))
    before = any_lake.read("samples_record").sort("session", "sample")
    any_lake.compact()
    assert len(any_lake.opened("samples_record").file_uris()) == 1
    assert any_lake.read("samples_record").sort("session", "sample").equals(before)


def test_old_versions_are_let_go_of_but_for_the_pinned(any_lake):
    versions = [stored(any_lake, FIRST, power=float(power)) for power in (100, 200, 300)]
    assert any_lake.vacuum(keep_days=0, pinned=[versions[1]]) > 0
    with pytest.raises(NoSuchVersion):
        any_lake.read("samples_record", version=versions[0])
    assert [any_lake.read("samples_record", version=v)["power"][0] for v in versions[1:]] == [200, 300]


def test_versions_of_the_last_days_stay(any_lake):
    versions = [stored(any_lake, FIRST, power=float(power)) for power in (100, 200)]
    assert any_lake.vacuum(keep_days=1) == 0
    assert any_lake.read("samples_record", version=versions[0])["power"][0] == 100


def test_a_forgotten_person_is_in_no_byte_of_the_past_and_others_keep_theirs(lake, tmp_path):
    versions = [stored(lake, placed, power=float(power)) for power in (1, 2) for placed in (FIRST, OTHER, SECOND)]
    for _ in range(2):
        lake.compact()
        lake.opened("samples_record").create_checkpoint()
    forget(lake, ANNA)
    files = [path for path in (tmp_path / "lake").rglob("*") if path.is_file()]
    assert [path for path in files if ANNA in str(path) or ANNA.encode() in path.read_bytes()] == []
    for version in versions:
        assert set(lake.read("samples_record", version=version)["subject"]) <= {BEN}
    assert lake.read("samples_record", version=versions[1])["power"][0] == 1
    assert lake.read("samples_record")["power"].unique().to_list() == [2]
    stored(lake, OTHER, power=3.0)
    assert lake.read("samples_record")["power"].unique().to_list() == [3]
    assert list(lake.verify()) == []


def test_forgetting_again_and_forgetting_nobody_change_nothing(any_lake):
    stored(any_lake, OTHER)
    forget(any_lake, ANNA)
    forget(any_lake, ANNA)
    assert any_lake.read("metrics").height == 2


WRITER = """
import sys
sys.path.insert(0, {tests!r})
from test_lake import ANNA, MAY, Lake, Placed, stored
any_lake = Lake({place!r})
for number in range(4):
    stored(any_lake, Placed(f"session-{{sys.argv[1]}}-{{number}}", ANNA, MAY))
    stored(any_lake, Placed("session-of-all", ANNA, MAY))
"""


def test_writers_at_the_same_time_lose_nothing_and_double_nothing(lake):
    code = WRITER.format(tests=str(Path(__file__).parent), place=lake.place)
    writers = [subprocess.Popen([sys.executable, "-c", code, str(number)]) for number in range(4)]
    assert [writer.wait(120) for writer in writers] == [0] * 4
    assert lake.read("samples_record").height == 17 * 10
    assert lake.read("metrics").height == 17 * 2
    assert lake.versions.numbers() == list(range(1, lake.version() + 1))


@pytest.mark.parametrize(
    "ask",
    [
        lambda lake: lake.read("metrix"),
        lambda lake: lake.read("metrics", where={"wrok": 1}),
        lambda lake: lake.replace({"samples_record": samples(FIRST, pwoer=[1.0] * 10)}, placed=[FIRST]),
    ],
)
def test_what_does_not_exist_is_named(lake, ask):
    with pytest.raises(UnknownName):
        ask(lake)


def test_a_lake_on_a_disk_that_is_full_says_so_and_stays_valid(lake, tmp_path):
    stored(lake, FIRST)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_lake import Lake, SECOND, stored\n"
        "from paceline.domain.errors import PacelineError\n"
        f"lake = Lake({lake.place!r})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n    stored(lake, SECOND, count=5000)\nexcept PacelineError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "see to the place" in done.stdout, done.stderr
    assert lake.read("metrics")["session"].unique().to_list() == [FIRST.session]
    assert list(lake.verify()) == []
    stored(lake, SECOND)
    assert lake.read("metrics").height == 4


def test_samples_are_written_before_efforts_and_metrics_last():
    assert MEASURED[-2:] == ("efforts", "metrics")
