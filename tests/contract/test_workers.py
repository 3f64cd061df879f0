"""Whatever runs a product's code keeps the same promises: Python or R, a function or a script, here or in a process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from paceline.domain.errors import PredictionFailed, WorkerFailed
from paceline.ship.product import read_product
from paceline.ship.workers import Worker, worker_for
from paceline.ship.workers.isolated import LOGGED
from paceline.ship.workers.pool import Pool

PYTHON = """
    import os, sys, time

    def predict(do, value=None):
        if do == "double":
            return {"value": 2 * value}
        if do == "print":
            print("printed by the code")
            os.write(1, b"written to descriptor 1")
            return {"value": 1}
        if do == "raise":
            raise ValueError("a value that is nobody's business: 4711")
        if do == "hang":
            time.sleep(60)
        if do == "crash":
            os.kill(os.getpid(), 9)
        if do == "leave":
            sys.exit(3)
        if do == "grow":
            return {"value": len(bytearray(10**12))}
        if do == "nonsense":
            return {"value": object()}
        if do == "slow":
            time.sleep(0.4)
            return {"value": value}
        if do == "speak":
            os.write(int(sys.argv[2]), b'00000000{"answer": {"value": 666}}\\n')
            return {"value": 1}
        if do == "nan":
            return {"value": float("nan")}
        if do == "large":
            return {"value": "x" * 300_000}
        if do == "flood":
            for _ in range(300):
                print("x" * 10_000)
            return {"value": 1}
        if do == "children":
            import subprocess
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            return {"value": child.pid}
        if do == "gag":
            os.write(int(sys.argv[2]), b"x" * 30_000_000)
            return {"value": 1}
        if do == "folder":
            return {"value": os.path.basename(os.getcwd())}

    def explain(do, value=None):
        return {"because": do}
"""

R = """
    predict <- function(do, value = NULL) {
      if (do == "double") return(list(value = 2 * value))
      if (do == "print") { print("printed by the code"); cat("cat too\\n"); return(list(value = 1)) }
      if (do == "raise") stop("a value that is nobody's business: 4711")
      if (do == "hang") Sys.sleep(60)
      if (do == "crash") tools::pskill(Sys.getpid(), 9)
      if (do == "leave") quit(status = 3)
      if (do == "grow") return(list(value = length(numeric(1e11))))
      if (do == "nonsense") return(list(value = new.env()))
      if (do == "nan") return(list(value = NaN))
      if (do == "large") return(list(value = strrep("x", 300000)))
      if (do == "folder") return(list(value = basename(getwd())))
    }
    explain <- function(do, value = NULL) list(because = do)
"""

KINDS = ["trusted", "python", "r"]


def product_at(folder: Path, code: str, *, file: str, function: str | None = "predict", **serve: object) -> Worker:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(textwrap.dedent(code))
    text = {
        "product": "made",
        "about": "A product made for a test.",
        "code": file if function is None else f"{file}:{function}",
        "language": "r" if file.endswith(".R") else "python",
        "request": {"type": "object"},
        "response": {"type": "object"},
        "serve": serve,
    }
    (folder / "product.yaml").write_text(yaml.safe_dump(text))
    return worker_for(read_product(folder))


def made(kind: str, folder: Path, **serve: object) -> Worker:
    if kind == "r" and shutil.which("Rscript") is None:
        pytest.skip("R is not installed: apt-get install r-base-core r-cran-jsonlite")
    if kind == "trusted":
        return product_at(folder, PYTHON, file="code.py", trusted=True)
    return product_at(
        folder, PYTHON if kind == "python" else R, file="code.py" if kind == "python" else "code.R", **serve
    )


def run(worker: Worker, story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await worker.start()
        try:
            await story()
        finally:
            await worker.stop()

    asyncio.run(whole())


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_answered_and_explained(kind: str, tmp_path: Path) -> None:
    worker = made(kind, tmp_path)

    async def story() -> None:
        assert await worker.answer({"do": "double", "value": 21}) == {"value": 42}
        assert await worker.answer({"do": "double", "value": 0.25}, call="explain") == {"because": "double"}

    run(worker, story)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_larger_than_a_pipe_arrives_whole(kind: str, tmp_path: Path) -> None:
    worker = made(kind, tmp_path)

    async def story() -> None:
        assert (await worker.answer({"do": "large"}))["value"] == "x" * 300_000

    run(worker, story)


@pytest.mark.parametrize("kind", ["python", "r"])
def test_a_request_larger_than_a_pipe_arrives_whole(kind: str, tmp_path: Path) -> None:
    code = {
        "python": "def predict(text): return {'n': len(text)}",
        "r": "predict <- function(text) list(n = nchar(text))",
    }
    if kind == "r" and shutil.which("Rscript") is None:
        pytest.skip("R is not installed: apt-get install r-base-core r-cran-jsonlite")
    worker = product_at(tmp_path, code[kind], file="code.py" if kind == "python" else "code.R")

    async def story() -> None:
        assert await worker.answer({"text": "é" * 500_000}) == {"n": 500_000}

    run(worker, story)


@pytest.mark.parametrize("kind", ["python", "r"])
def test_what_the_code_prints_goes_to_its_log_and_not_into_answers(kind: str, tmp_path: Path) -> None:
    worker = made(kind, tmp_path)

    async def story() -> None:
        assert await worker.answer({"do": "print"}) == {"value": 1}
        assert await worker.answer({"do": "double", "value": 1}) == {"value": 2}
        assert "printed by the code" in worker.log()

    run(worker, story)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_the_code_names_its_kind_and_none_of_its_values(kind: str, tmp_path: Path) -> None:
    worker = made(kind, tmp_path)

    async def story() -> None:
        with pytest.raises(PredictionFailed) as error:
            await worker.answer({"do": "raise"})
        assert "4711" not in str(error.value)
        assert error.value.kind == ("simpleError" if kind == "r" else "ValueError")
        assert "4711" in worker.log()
        assert await worker.answer({"do": "double", "value": 3}) == {"value": 6}

    run(worker, story)


@pytest.mark.parametrize("kind", ["python", "r"])
@pytest.mark.parametrize("fault", ["crash", "hang", "leave", "grow", "nonsense"])
def test_a_fault_hurts_its_own_request_and_no_other(kind: str, fault: str, tmp_path: Path) -> None:
    worker = made(kind, tmp_path, timeout_s=0.5 if fault == "hang" else 20)

    async def story() -> None:
        with pytest.raises((WorkerFailed, PredictionFailed)):
            await worker.answer({"do": fault})
        for value in (1, 2, 3):
            assert await worker.answer({"do": "double", "value": value}) == {"value": 2 * value}

    run(worker, story)


def test_a_flood_of_prints_stops_nobody_and_only_its_end_is_kept(tmp_path: Path) -> None:
    worker = made("python", tmp_path)

    async def story() -> None:
        assert await worker.answer({"do": "flood"}) == {"value": 1}
        assert 0 < len(worker.log()) <= LOGGED
        assert await worker.answer({"do": "double", "value": 2}) == {"value": 4}

    run(worker, story)


def test_what_a_worker_started_ends_with_it(tmp_path: Path) -> None:
    worker = made("python", tmp_path)
    children: list[int] = []

    async def story() -> None:
        children.append((await worker.answer({"do": "children"}))["value"])
        assert running(children[0])

    run(worker, story)
    for _ in range(500):
        if not running(children[0]):
            break
        time.sleep(0.02)
    assert not running(children[0])


def running(process: int) -> bool:
    """Whether a process is there and has not ended (Linux)."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_bytes_that_are_no_answer_hurt_their_own_request_and_no_other(tmp_path: Path) -> None:
    worker = made("python", tmp_path)

    async def story() -> None:
        asked = [{"do": "gag"}, *({"do": "double", "value": value} for value in range(3))]
        answers = await asyncio.gather(*(worker.answer(one) for one in asked), return_exceptions=True)
        assert isinstance(answers[0], WorkerFailed)
        assert answers[1:] == [{"value": 2 * value} for value in range(3)]

    run(worker, story)


def test_trusted_code_that_leaves_hurts_its_own_request_alone(tmp_path: Path) -> None:
    worker = made("trusted", tmp_path)

    async def story() -> None:
        with pytest.raises(PredictionFailed, match="SystemExit"):
            await worker.answer({"do": "leave"})
        assert await worker.answer({"do": "double", "value": 3}) == {"value": 6}

    run(worker, story)


def test_not_a_number_is_no_answer_of_python(tmp_path: Path) -> None:
    worker = made("python", tmp_path)

    async def story() -> None:
        with pytest.raises(PredictionFailed, match="ValueError"):
            await worker.answer({"do": "nan"})

    run(worker, story)


def test_not_a_number_is_absent_in_an_answer_of_r(tmp_path: Path) -> None:
    worker = made("r", tmp_path)

    async def story() -> None:
        assert await worker.answer({"do": "nan"}) == {"value": None}

    run(worker, story)


@pytest.mark.parametrize("kind", ["python", "r"])
def test_code_runs_in_its_own_folder(kind: str, tmp_path: Path) -> None:
    worker = made(kind, tmp_path / "whisky")

    async def story() -> None:
        assert await worker.answer({"do": "folder"}) == {"value": "whisky"}

    run(worker, story)


@pytest.mark.parametrize("kind", ["trusted", "python", "r"])
def test_code_that_cannot_be_loaded_says_so_at_the_start(kind: str, tmp_path: Path) -> None:
    if kind == "r" and shutil.which("Rscript") is None:
        pytest.skip("R is not installed: apt-get install r-base-core r-cran-jsonlite")
    code = "stop('broken')" if kind == "r" else "raise RuntimeError('broken')"
    worker = product_at(tmp_path, code, file="code.R" if kind == "r" else "code.py", trusted=kind == "trusted")
    with pytest.raises(WorkerFailed, match="could not load the code"):
        asyncio.run(worker.start())
    assert "broken" in worker.log()


def test_scripts_read_json_and_write_json(tmp_path: Path) -> None:
    code = "import json, sys\nprint(json.dumps({'n': json.load(sys.stdin)['n'] + 1}))\n"
    worker = product_at(tmp_path, code, file="script.py", function=None)

    async def story() -> None:
        assert [await worker.answer({"n": n}) for n in (1, 41)] == [{"n": 2}, {"n": 42}]

    run(worker, story)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed: apt-get install r-base-core")
def test_scripts_in_r_read_json_and_write_json(tmp_path: Path) -> None:
    code = (
        "asked <- jsonlite::fromJSON(file('stdin'))\ncat(jsonlite::toJSON(list(n = asked$n + 1), auto_unbox = TRUE))\n"
    )
    worker = product_at(tmp_path, code, file="script.R", function=None)

    async def story() -> None:
        assert [await worker.answer({"n": n}) for n in (1, 41)] == [{"n": 2}, {"n": 42}]

    run(worker, story)


def test_a_worker_killed_while_idle_costs_nothing(tmp_path: Path) -> None:
    worker = made("python", tmp_path)
    assert isinstance(worker, Pool)

    async def story() -> None:
        os.kill(worker.processes[0], signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert await worker.answer({"do": "double", "value": 5}) == {"value": 10}

    run(worker, story)


def test_workers_answer_side_by_side(tmp_path: Path) -> None:
    worker = made("python", tmp_path, workers=2, timeout_s=0.7)

    async def story() -> None:
        hanging = asyncio.create_task(worker.answer({"do": "hang"}))
        await asyncio.sleep(0.05)
        assert await worker.answer({"do": "double", "value": 5}) == {"value": 10}
        assert not hanging.done()
        with pytest.raises(WorkerFailed, match="did not answer within"):
            await hanging

    run(worker, story)


def test_two_trusted_products_may_each_have_a_module_of_one_name(tmp_path: Path) -> None:
    workers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "features.py").write_text(f"NAME = {name!r}\n")
        code = "import features\ndef predict(): return {'name': features.NAME}"
        workers.append(product_at(tmp_path / name, code, file="code.py", trusted=True))

    async def story() -> None:
        for worker, name in zip(workers, ("one", "two"), strict=True):
            await worker.start()
            assert await worker.answer({}) == {"name": name}

    asyncio.run(story())


def test_what_waited_behind_a_crash_is_answered_by_the_next_worker(tmp_path: Path) -> None:
    worker = made("python", tmp_path)

    async def story() -> None:
        asked = [{"do": "crash" if number == 3 else "double", "value": number} for number in range(8)]
        answers = await asyncio.gather(*(worker.answer(one) for one in asked), return_exceptions=True)
        assert isinstance(answers.pop(3), WorkerFailed)
        assert answers == [{"value": 2 * number} for number in range(8) if number != 3]

    run(worker, story)


def test_an_answer_that_nobody_asked_for_is_nobodys(tmp_path: Path) -> None:
    worker = made("python", tmp_path)

    async def story() -> None:
        asked = [{"do": "speak"}, *({"do": "double", "value": number} for number in range(5))]
        answers = await asyncio.gather(*(worker.answer(one) for one in asked), return_exceptions=True)
        assert isinstance(answers[0], WorkerFailed)
        assert answers[1:] == [{"value": 2 * number} for number in range(5)]

    run(worker, story)


def test_whoever_waits_behind_a_slow_request_keeps_the_whole_of_the_time(tmp_path: Path) -> None:
    worker = made("python", tmp_path, timeout_s=1.0)

    async def story() -> None:
        answers = [asyncio.create_task(worker.answer({"do": "slow", "value": value})) for value in range(4)]
        assert await asyncio.gather(*answers) == [{"value": value} for value in range(4)]  # 1.6 s in all

    run(worker, story)
