from __future__ import annotations

import contextlib
import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit import made_products as made

from paceline.domain.errors import WorkerFailed
from paceline.ship.drift import category_stability, shift
from paceline.ship.gates import Candidate, Outcome
from paceline.ship.gates.acceptance import acceptance
from paceline.ship.gates.check import Checked, check
from paceline.ship.gates.mistakes import loose, mistakes
from paceline.ship.gates.notebooks import notebook
from paceline.ship.gates.report import as_html, as_json, as_junit
from paceline.ship.gates.resources import resources
from paceline.ship.gates.scores import Scored, judged, scores
from paceline.ship.gates.suites import suite
from paceline.ship.gates.tables import tables
from paceline.ship.product import Product, read_product

pytestmark = pytest.mark.usefixtures("few_plugins")


def only(outcomes: Any) -> Outcome:
    (outcome,) = outcomes
    found: Outcome = outcome
    return found


def failed(outcomes: Any) -> list[str]:
    return [f"{outcome.gate}: {outcome.said}" for outcome in outcomes if outcome.state == "failed"]


def test_a_suite_that_passes_passes_and_imports_the_code(tmp_path: Path) -> None:
    candidate = made.candidate(tmp_path, gates={"unit": "tests"})
    made.suite(tmp_path, "tests", "import trees\ndef test_it(): assert trees.size('oak') == {'size': 3.5}\n")
    outcome = only(suite("unit")(candidate))
    assert (outcome.state, outcome.figures) == ("passed", {"tests": 1, "failed": 0, "skipped": 0})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def test_it(): assert 1 == 2\n", "1 of 1 unit tests failed"),
        ("VALUE = 1\n", "No test ran|could not be run"),
        ("import pytest\n@pytest.mark.skip\ndef test_it(): pass\n", "No test ran"),
        ("import nothing_of_that_name\n", "failed|could not be run"),
    ],
)
def test_a_suite_that_fails_skips_or_holds_nothing_stops_it(tmp_path: Path, code: str, said: str) -> None:
    candidate = made.candidate(tmp_path, gates={"unit": "tests"})
    made.suite(tmp_path, "tests", code)
    outcome = only(suite("unit")(candidate))
    assert outcome.state == "failed"
    assert any(part in outcome.said for part in said.split("|"))
    assert outcome.advice


def test_a_suite_finds_the_data_that_is_not_ours(tmp_path: Path) -> None:
    candidate = made.candidate(tmp_path, gates={"real_data": "tests"})
    made.suite(
        tmp_path, "tests", "import os\n\ndef test_it(): assert os.environ['PACELINE_DATA'].endswith('/elsewhere')"
    )
    assert only(suite("real_data")(replace(candidate, shared=tmp_path / "elsewhere"))).state == "passed"


def test_a_suite_that_is_not_there_is_a_failure_and_none_named_is_absent(tmp_path: Path) -> None:
    assert only(suite("unit")(made.candidate(tmp_path / "a", gates={"unit": "tests"}))).state == "failed"
    assert only(suite("unit")(made.candidate(tmp_path / "b"))).state == "absent"


@pytest.mark.parametrize(
    ("table", "rule", "said"),
    [
        ("name,size\nash,tall\n", {"column": "size", "type": "number"}, "1 values are no number: line 2"),
        ("name,size\nash,\noak,2\n", {"column": "size", "type": "number", "missing": 0.1}, "50.0% is missing"),
        ("name,size\nash,-1\noak,2\n", {"column": "size", "type": "number", "minimum": 0}, "1 values lie outside"),
        ("name,size\nash,1\nash,2\n", {"column": "name", "unique": True}, "more than once: lines 2, 3"),
        ("name,size\nash,1\n", {"column": "width"}, "no such column"),
        ("name,size\n", {"column": "size"}, "holds no row"),
        ("name,size\nash,1\nash,1\n", {"column": "size"}, "2 rows are there more than once"),
    ],
)
def test_bad_data_is_stopped_and_named(tmp_path: Path, table: str, rule: dict[str, Any], said: str) -> None:
    found = failed(tables(made.candidate(tmp_path, table=table, gates={"data": [rule]})))
    assert any(said in line for line in found), found


def test_good_data_passes(tmp_path: Path) -> None:
    rules = [{"column": "size", "type": "number", "minimum": 0, "missing": 0}, {"column": "name", "unique": True}]
    assert not failed(tables(made.candidate(tmp_path, gates={"data": rules})))


def test_a_column_that_moved_since_the_last_version_stops_it(tmp_path: Path) -> None:
    rows = [f"n{row},{row % 50}\n" for row in range(500)]
    moved = [f"n{row},{row % 50 + 40}\n" for row in range(500)]
    rule = {"gates": {"data": [{"column": "size", "type": "number", "drift": 0.25}]}}
    before = made.candidate(tmp_path / "before", table="name,size\n" + "".join(rows), **rule)
    now = made.candidate(tmp_path / "now", table="name,size\n" + "".join(moved), **rule)
    same = Candidate(before.product, before.tables, before.product, before.tables)
    assert not failed(tables(same))
    assert "moved since the last version" in str(
        failed(tables(Candidate(now.product, now.tables, before.product, before.tables)))
    )


def test_test_rows_among_training_rows_stop_it(tmp_path: Path) -> None:
    folder = made.write(tmp_path)
    (folder / "data" / "test.csv").write_text("name,size,kind\nyew,9,a\nash,1.5,a\n")
    said = (folder / "product.yaml").read_text().replace("table: trees.csv", "table: trees.csv\n  role: train")
    import hashlib

    digest = hashlib.sha256((folder / "data" / "test.csv").read_bytes()).hexdigest()
    import yaml

    whole = yaml.safe_load(said)
    whole["data"] = [whole["data"], {"table": "test.csv", "sha256": digest, "role": "test"}]
    whole["gates"] = {"data": [{"column": "size"}]}
    (folder / "product.yaml").write_text(yaml.safe_dump(whole))
    product = read_product(folder)
    candidate = Candidate(product, tuple(folder / "data" / pointer.table for pointer in product.data))
    assert failed(tables(candidate)) == ["data: leakage: 1 rows of the test table are in the training table."]


def test_scores_meet_a_threshold_and_every_slice_its_own(tmp_path: Path) -> None:
    rule = {
        "name": "error", "score": "trees.py:errors", "better": "lower", "threshold": 0.25,
        "slices": [{"name": "a", "threshold": 0.3}, {"name": "b", "threshold": 0.1}, {"name": "c", "threshold": 1}],
    }  # fmt: skip
    outcomes = list(scores(made.candidate(tmp_path, gates={"metrics": [rule]})))
    assert [outcome.state for outcome in outcomes] == ["passed", "passed", "failed", "failed"]
    assert "0.2 on 1 cases" in outcomes[2].said
    assert "No case" in outcomes[3].said


def test_a_score_that_is_no_number_stops_it(tmp_path: Path) -> None:
    rule = {"name": "error", "score": "trees.py:size", "threshold": 0.25}
    assert failed(scores(made.candidate(tmp_path, gates={"metrics": [rule]})))


def test_the_champion_is_scored_on_the_candidate_s_data(tmp_path: Path) -> None:
    code = (
        made.CODE
        + """
def sizes():
    return {"values": list(SIZES.values())}
"""
    )
    rules = {"metrics": [{"name": "size", "score": "trees.py:sizes", "threshold": 0}]}
    table = made.TABLE + "yew,9.5,b\n"
    before = made.candidate(tmp_path / "before", source=code, gates=rules)
    after = made.candidate(tmp_path / "after", source=code, table=table, gates=rules)
    found = list(scores(replace(after, champion=before.product, champion_tables=before.tables)))
    assert [(one.state, one.said[:6]) for one in found][1:] == [("passed", "+0.0% ")]


@pytest.mark.parametrize(("worse", "state"), [(0.5, "failed"), (0.0, "passed"), (-0.5, "passed")])
def test_a_candidate_is_held_against_the_champion(worse: float, state: str) -> None:
    values = np.random.default_rng(1).normal(10, 1, 200)
    slices = np.full(200, "")
    found = judged("m", {"name": "m"}, Scored(values - worse, slices), Scored(values, slices))
    assert only(found).state == state


def test_chance_alone_does_not_stop_a_release() -> None:
    draw = np.random.default_rng(2)
    slices = np.full(30, "")
    stopped = 0
    for _ in range(200):
        one, two = (Scored(draw.normal(10, 1, 30), slices) for _ in range(2))
        stopped += only(judged("m", {"name": "m"}, one, two)).state == "failed"
    assert stopped <= 14  # 2.5 % of 200 are 5; more than 14 has probability 2e-4


def test_a_budget_that_is_overrun_stops_it(tmp_path: Path) -> None:
    budget = {"p99_ms": 0.0001, "rss_mb": 100_000, "bundle_mb": 100}
    outcomes = list(resources(made.candidate(tmp_path, gates={"resources": budget})))
    states = {outcome.gate: outcome.state for outcome in outcomes}
    assert states == {"resources: size": "passed", "resources: latency": "failed", "resources: memory": "passed"}


def test_a_budget_is_measured_on_answers_that_keep_the_contract(tmp_path: Path) -> None:
    broken = made.CODE.replace('{"size": SIZES[name]}', '{"size": "large"}')
    outcomes = resources(made.candidate(tmp_path, source=broken, gates={"resources": {"p99_ms": 1000}}))
    assert "breaks its contract" in only(outcomes).said


def test_a_notebook_runs_with_the_same_functions_and_an_error_stops_it(tmp_path: Path) -> None:
    candidate = made.candidate(tmp_path, gates={"notebook": "look.py"})
    assert only(notebook(candidate)).state == "failed"
    (tmp_path / "look.py").write_text("# %%\nimport trees\n\n# %%\nassert trees.size('ash') == {'size': 1.5}\n")
    assert only(notebook(candidate)).state == "passed"
    (tmp_path / "look.py").write_text("# %%\nimport trees\n\n# %%\ntrees.size('no such tree')\n")
    outcome = only(notebook(candidate))
    assert outcome.state == "failed"
    assert "KeyError" in outcome.output


def test_common_mistakes_are_found(tmp_path: Path) -> None:
    rows = {"type": "array", "items": {"type": "object", "additionalProperties": False,
            "properties": {"name": {"type": "string"}, "size": {"type": "number"}}}}  # fmt: skip
    request = {"type": "object", "properties": {"rows": rows, "any": {}}}
    candidate = made.candidate(tmp_path, request=request)
    (tmp_path / "model.pkl").write_bytes(b"")
    (tmp_path / "locks" / "production.lock").write_text("numpy>=2\n")
    (tmp_path / "locks" / "development.lock").unlink()
    found = "\n".join(failed(mistakes(candidate)))
    for part in (
        "lets anything through at /.", "lets anything through at /any", "rows has the columns of the training data",
        "model.pkl runs code", "production.lock, line 1", "no locks/development.lock",
    ):  # fmt: skip
        assert part in found
    assert not failed(mistakes(made.candidate(tmp_path / "good")))


def test_an_import_that_the_production_lock_does_not_pin_is_found(tmp_path: Path) -> None:
    code = "import json\nimport numpy as np\nfrom rings import grown\nimport paceline\n" + made.CODE
    candidate = made.candidate(tmp_path, source=code)
    (tmp_path / "rings.py").write_text("def grown():\n    import sklearn.tree\n    import yaml.nodes\n")
    (tmp_path / "look.py").write_text("import pandas\n")  # nobody who answers imports it
    assert failed(mistakes(candidate)) == [
        "habits: imports: rings.py imports sklearn, which locks/production.lock does not pin.",
        "habits: imports: rings.py imports yaml, which locks/production.lock does not pin.",
    ]
    with (tmp_path / "locks" / "production.lock").open("a") as lock:
        for name in ("scikit-learn==1.7.0", "PyYAML==6.0.2"):
            lock.write(f"{name} \\\n    --hash=sha256:{'0' * 64}\n")
    assert failed(mistakes(candidate)) == []


def test_a_schema_that_lets_anything_in_by_another_name_is_found() -> None:
    tree = {"type": ["object", "null"], "properties": {"branch": {"$ref": "#/$defs/tree"}}}
    rows = {"type": ["array", "null"], "items": {"$ref": "#/$defs/tree"}}
    schema = {"type": "object", "additionalProperties": False, "properties": {"rows": rows}, "$defs": {"tree": tree}}
    assert loose(schema, "/") == ["/rows/items"]
    assert loose({"anyOf": [{"type": "array"}, {"type": "string"}]}, "/") == ["/anyOf/0"]


@pytest.mark.parametrize("name", ["rugby", "strength", "track", "whisky", "whisky-r"])
def test_the_products_of_this_project_say_what_a_release_needs(name: str) -> None:
    product = read_product(Path(__file__).parents[2] / "products" / name)
    assert "data" in product.text
    assert product.examples
    assert {"unit", "real_data", "acceptance"} <= product.text["gates"].keys()
    assert failed(mistakes(Candidate(product, ()))) == []


def test_the_first_failure_stops_what_has_not_begun(tmp_path: Path) -> None:
    begun: list[str] = []

    def good(candidate: Candidate) -> Any:
        begun.append("good")
        yield Outcome("good", "passed", "Fine.")

    def bad(candidate: Candidate) -> Any:
        yield Outcome("bad", "failed", "Not fine.", "Mend it.")

    candidate = made.candidate(tmp_path)
    checked = check(candidate, gates={"bad": bad, "good": good}, workers=1)
    assert (checked.passed, checked.unasked, begun) == (False, ("good",), [])
    assert checked.first_failure is not None
    assert checked.first_failure.gate == "bad"
    both = check(candidate, gates={"bad": bad, "good": good}, workers=1, all_of_them=True)
    assert (both.passed, both.unasked, begun) == (False, (), ["good"])


def test_reports_say_the_same_to_people_and_programs() -> None:
    outcomes = (
        Outcome("unit", "passed", "3 unit tests passed."),
        Outcome("data: <b>", "failed", 'A "quoted" & odd sentence.', "Mend it.", "printed \x1b[31m<red>"),
        Outcome("notebook", "absent", "None."),
    )
    checked = Checked("trees", outcomes, ("metrics",))
    assert json.loads(as_json(checked))["outcomes"][1]["said"] == 'A "quoted" & odd sentence.'
    suite_found = ET.fromstring(as_junit(checked)).find("testsuite")
    assert suite_found is not None
    assert suite_found.attrib == {"name": "trees", "tests": "4", "failures": "1", "skipped": "2"}
    page = as_html(checked)
    assert "trees is stopped" in page
    assert "<b>" not in page
    assert "Mend it." in page


def test_drift_is_none_where_nothing_moved_and_large_where_it_did() -> None:
    draw = np.random.default_rng(3)
    before = draw.normal(size=5000)
    assert shift(before, draw.normal(size=5000)).stability < 0.02
    moved = shift(before, draw.normal(1, 1, 5000))
    assert moved.stability > 0.25
    assert moved.probability < 1e-6
    gone = shift(before, np.full(10, np.nan))
    assert np.isnan(gone.stability)
    assert gone.missing == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_is_the_largest_gap_between_the_distributions(seed: int) -> None:
    draw = np.random.default_rng(seed)
    old, new = draw.integers(0, 20, 137).astype(float), draw.integers(3, 25, 89).astype(float)
    slow = max(abs((old <= x).mean() - (new <= x).mean()) for x in np.concatenate([old, new]))
    assert shift(old, new).distance == pytest.approx(slow, abs=1e-12)


def test_a_name_never_seen_before_is_drift() -> None:
    before = np.array(["a", "b"] * 50)
    assert category_stability(before, np.array(["a", "c"] * 50)) > 0.25


def test_acceptance_meets_the_packed_product_over_http(tmp_path: Path) -> None:
    candidate = made.candidate(tmp_path, gates={"acceptance": "asked"})
    made.suite(
        tmp_path,
        "asked",
        """
        import json, os, urllib.request

        def test_it():
            address = os.environ["PRODUCT_URL"] + "/predict"
            with urllib.request.urlopen(address, json.dumps({"name": "elm"}).encode()) as answer:
                assert json.load(answer) == {"size": 2.5}
        """,
    )
    assert only(acceptance()(candidate)).state == "passed"


def test_acceptance_meets_only_what_is_packed(tmp_path: Path) -> None:
    made.suite(tmp_path, "tests/http", "def test_nothing(): pass")
    source = "import tomlkit_of_mine\n" + made.CODE
    candidate = made.candidate(tmp_path / "p", source=source, gates={"acceptance": "../tests/http"})
    git = ["git", "-C", str(tmp_path / "p")]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "p" / ".gitignore").write_text("tomlkit_of_mine.py\n")
    (tmp_path / "p" / "tomlkit_of_mine.py").write_text("")
    with pytest.raises(WorkerFailed):
        list(acceptance()(candidate))


def test_another_packer_slots_in(tmp_path: Path) -> None:
    made.suite(
        tmp_path, "tests/http", "import os\n\ndef test_where(): assert os.environ['PRODUCT_URL'][:11] == 'http://box/'"
    )
    packed: list[str] = []

    @contextlib.contextmanager
    def image(product: Product) -> Iterator[str]:
        packed.append(product.name)
        yield "http://box"

    candidate = made.candidate(tmp_path / "p", gates={"acceptance": "../tests/http"})
    assert (only(acceptance(image)(candidate)).state, packed) == ("passed", ["trees"])


def test_a_product_that_fails_its_own_example_is_not_accepted(tmp_path: Path) -> None:
    candidate = made.candidate(tmp_path, gates={"acceptance": "asked"}, source="def size(name): return 1\n")
    checked = check(candidate, gates={"acceptance": acceptance()})
    assert "not ready" in str(failed(checked.outcomes))
