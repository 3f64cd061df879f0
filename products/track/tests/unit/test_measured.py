import base64

import numpy as np
import pytest
from measured import plain, written


def test_a_name_from_outside_is_no_path(tmp_path):
    file = {"name": "../../etc/passings.jsonl", "content": base64.b64encode(b"abc").decode()}
    assert written(tmp_path, 0, file) == tmp_path / "0.jsonl"
    assert (tmp_path / "0.jsonl").read_bytes() == b"abc"


def test_content_that_is_not_base64_is_refused(tmp_path):
    with pytest.raises(ValueError, match="base64"):
        written(tmp_path, 0, {"name": "a.csv", "content": "%%%"})


def test_absent_readings_are_null():
    assert plain(np.array([1.5, np.nan])) == [1.5, None]
    assert plain(float("nan")) is None
    assert plain(object()) is None
