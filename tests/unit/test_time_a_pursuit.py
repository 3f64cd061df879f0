"""The guide to timing a pursuit, run as it stands on a made ride."""

from __future__ import annotations

import json
import re
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from paceline.simulate.pursuits import Pursuiter, simulate_pursuit

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "time-a-pursuit.md"
HUB = {"t": "time [epoch ms]", "p": "power", "v": "wheel_speed", "n": "wheel_revolutions", "c": "cadence"}


def line(nanoseconds, loop, refid):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)
    fields = {"date": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M:%S.%f}"[:-3], "mpid": loop, "refid": refid}
    return "velotrain/passing " + json.dumps(fields) + "\n"


def test_the_guide_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first, second = (
        simulate_pursuit(seed, distance=1500.0, rider=Pursuiter(lag=lag)) for seed, lag in ((1, 0), (2, 0.2))
    )
    rows = [(int(first.timing.streams["gate"].time[0]), 2, "gate")]
    for ride, refid in ((first, "100011"), (second, "100012")):
        stream = ride.timing.streams["passings"]
        rows += [(t, int(n), refid) for t, n in zip(stream.time.tolist(), stream.values["loop"], strict=True)]
    Path("passings.jsonl").write_text("".join(line(*row) for row in sorted(rows)))
    hub = first.hub.streams["record"]
    columns = (hub.values[name] for name in ("power", "wheel_speed", "wheel_revolutions", "cadence"))
    table = zip((hub.time // 1_000_000).tolist(), *columns, strict=True)
    Path("hub.csv").write_text("t,p,v,n,c\n" + "".join(",".join(map(str, row)) + "\n" for row in table))
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    code = "\n".join(blocks).replace('paceline.read("hub.fit")', f'paceline.read("hub.csv", columns={HUB!r})')
    Path("guide.py").write_text(code)
    said = runpy.run_path("guide.py")
    assert said["found"].value == pytest.approx(2.096, abs=0.001)
    assert said["fit"].offset.value == pytest.approx(0.0, abs=5 * said["fit"].offset.standard_error)
    assert said["drag"].overall().value == pytest.approx(0.205, abs=0.002)
    assert said["team"].changes == ()
    assert capsys.readouterr().out
