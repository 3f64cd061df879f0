"""Every error of the tree crosses from one process to another with its facts, whatever it takes to make one."""

from __future__ import annotations

import copy

import pytest

from paceline.domain import errors

TREE = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PacelineError)]


@pytest.mark.parametrize("kind", TREE)
def test_an_error_arrives_as_it_was_sent(kind):
    sent = errors._again(kind, ("What happened.",), {"file": "ride.fit", "offset": 12, "message": "What happened."})
    came = copy.copy(sent)
    assert type(came) is kind
    assert (str(came), came.args, came.file, came.offset) == (str(sent), sent.args, "ride.fit", 12)


def test_a_real_one_keeps_what_it_says():
    sent = errors.UnknownName("metric", "wrok", known=["work"])
    came = copy.copy(sent)
    assert (str(came), came.known) == (str(sent), ("work",))
