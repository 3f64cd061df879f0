from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.errors import FileUnreadable, ProductInvalid, WriteError
from paceline.ship.data import bring
from paceline.ship.gates import Candidate
from paceline.ship.gates.check import check
from paceline.ship.product import read_product
from paceline.ship.scaffold import ANSWERS, GIVEN, Answers, make, rendered, update

pytestmark = pytest.mark.usefixtures("few_plugins")

ABOUT = "How long a ride takes."
LANGUAGES = (
    "python",
    pytest.param(
        "r", marks=pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed: r-base-core")
    ),
)


def answers(language: str = "python", name: str = "rides") -> Answers:
    return Answers(name=name, about=ABOUT, language="r" if language == "r" else "python")


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run([shutil.which("git") or "git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def patient(file: Path) -> None:
    """How long an answer takes is for benchmarks to say: this machine may be busy."""
    text = file.read_text()
    assert "p99_ms: 200," in text
    file.write_text(text.replace("p99_ms: 200,", "p99_ms: 60000,"))


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "A change")


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """As an older template made it: the sentence on top of product.yaml is new since, explore.py was called other."""
    folder = tmp_path / "rides"
    make(folder, answers())
    given = json.loads((folder / GIVEN).read_text())
    given["product.yaml"] = given["product.yaml"].split("\n", 1)[1]
    given["other.py"] = given.pop("explore.py")
    (folder / "explore.py").rename(folder / "other.py")
    (folder / "product.yaml").write_text(given["product.yaml"])
    (folder / GIVEN).write_text(json.dumps(given))
    git(folder, "init", "-q")
    commit(folder)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_product_from_the_template_passes_its_gates_at_once(tmp_path: Path, language: str) -> None:
    make(tmp_path / "rides", answers(language))
    patient(tmp_path / "rides" / "product.yaml")
    made = read_product(tmp_path / "rides")
    checked = check(Candidate(made, bring(made, shared=None)), all_of_them=True)
    assert [(one.gate, one.said) for one in checked.outcomes if one.state == "failed"] == []
    passed = {one.gate.split(":")[0] for one in checked.outcomes if one.state == "passed"}
    assert {"habits", "unit", "made_data", "real_data", "acceptance", "notebook", "metric", "data"} <= passed


@pytest.mark.parametrize("language", ["python", "r"])
@pytest.mark.parametrize("file", [".github/workflows/product.yml", ".gitlab-ci.yml"])
def test_a_push_runs_check_then_registry_then_deploy_by_commands_that_exist(language: str, file: str) -> None:
    text = rendered(answers(language))[file]
    said = yaml.safe_load(text)
    jobs = said["jobs"] if "jobs" in said else {name: said[name] for name in said["stages"]}
    assert list(jobs) == ["check", "registry", "deploy"]
    commands = [line.split("paceline ", 1)[1].split()[0] for line in text.splitlines() if " paceline " in line]
    runs = [one for one in commands if one in ("check", "release", "promote")]
    assert runs == ["check", "release", "promote"]
    assert ("r-cran-jsonlite" in text) == (language == "r")


def test_every_package_that_the_pipeline_installs_is_pinned() -> None:
    for name, text in rendered(answers()).items():
        for line in text.splitlines() if name.endswith(".yml") else ():
            if "pip install" in line:
                assert "--require-hashes" in line or "==" in line


def test_an_update_brings_what_is_new_and_keeps_what_the_author_changed(product: Path) -> None:
    yours = (product / "product.yaml").read_text().replace("maximum: 500}", "maximum: 400}", 1)
    (product / "product.yaml").write_text(yours)
    (product / "mine.py").write_text("MINE = 1\n")
    commit(product)
    done = update(product)
    assert done.changed == ("explore.py", "other.py", "product.yaml")
    assert (done.torn, done.kept) == ((), ())
    text = (product / "product.yaml").read_text()
    assert text.startswith("# Every field")
    assert "maximum: 400}" in text
    assert not (product / "other.py").exists()
    assert (product / "mine.py").read_text() == "MINE = 1\n"
    commit(product)
    assert update(product).changed == ()


def test_lines_that_both_changed_are_both_shown(product: Path) -> None:
    text = (product / "product.yaml").read_text()
    (product / "product.yaml").write_text("# Mine.\n" + text)
    commit(product)
    assert update(product).torn == ("product.yaml",)
    after = (product / "product.yaml").read_text()
    assert "<<<<<<< yours\n# Mine.\n" in after
    assert ">>>>>>> template" in after


def test_what_the_author_threw_away_stays_away_and_what_they_changed_stays(product: Path) -> None:
    (product / "scores.py").unlink()
    (product / "other.py").write_text("# Mine.\n")
    commit(product)
    assert update(product).kept == ("other.py",)
    assert not (product / "scores.py").exists()
    assert (product / "other.py").read_text() == "# Mine.\n"


def test_an_update_needs_a_commit_to_go_back_to(product: Path, tmp_path: Path) -> None:
    (product / "scores.py").write_text("")
    with pytest.raises(WriteError, match=r"scores\.py is not committed\. Commit first"):
        update(product)
    make(tmp_path / "alone", answers(name="alone"))
    with pytest.raises(WriteError, match="not under version control"):
        update(tmp_path / "alone")


def test_an_update_refuses_what_the_template_did_not_make(product: Path, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        update(tmp_path)
    (product / GIVEN).write_text('{"../../out.py": ""}')
    with pytest.raises(ProductInvalid, match="one that leads out"):
        update(product)
    (product / GIVEN).write_text("[]")
    with pytest.raises(ProductInvalid, match="what the template gave"):
        update(product)
    (product / ANSWERS).write_text("name: Rides!\nabout: A\n")
    with pytest.raises(ProductInvalid, match="lower case"):
        update(product)


def test_nothing_that_lies_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "rides").mkdir()
    (tmp_path / "rides" / "thesis.txt").write_text("Mine.")
    with pytest.raises(WriteError, match="there already"):
        make(tmp_path / "rides", answers())
    assert [path.name for path in (tmp_path / "rides").iterdir()] == ["thesis.txt"]


def test_the_command_makes_and_updates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(app, ["new"]).exit_code == 2
    assert run.invoke(app, ["new", "rides", "--language", "cobol"]).exit_code == 2
    made = run.invoke(app, ["new", "rides", "--about", ABOUT])
    assert (made.exit_code, (tmp_path / "rides" / "product.yaml").exists()) == (0, True)
    assert ABOUT in (tmp_path / "rides" / "product.yaml").read_text()
    git(tmp_path / "rides", "init", "-q")
    commit(tmp_path / "rides")
    assert run.invoke(app, ["new", "rides", "--update"]).stdout == "Up to date.\n"
