"""FIT, the format of nearly every head unit, watch and trainer since 2008.

The work is done in layers: `fit_chain` finds the messages, `fit_columns` turns them into numbers, `fit_components`
unpacks what is packed, and `fit_recording` says what they mean.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.fit_messages import files
from paceline.record.formats.fit_recording import recording
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Stream

NAME = "fit"
MEANING = "FIT, as nearly every head unit, watch and trainer records it."

MOST_PROBLEMS = 200
"""Different problems that are told; a file with more is damaged throughout, and says so with these."""


def sniff(head: bytes) -> bool:
    """Whether a FIT header stands at the beginning.

    >>> sniff(bytes([14, 16, 0, 0, 0, 0, 0, 0]) + b".FIT"), sniff(b"<?xml version")
    (True, False)
    """
    return head[8:12] == b".FIT" and head[0] >= 12


@np.errstate(over="ignore", invalid="ignore")  # floats that no sensor measures are garbage whatever becomes of them
def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The activities in the file, one for each chained FIT file that holds one.

    A chained file that holds only the memory of a heart-rate strap belongs to the activity before it.

    Raises:
        Damaged: there is no message in it, and it was not meant to be empty.
    """
    found: list[Recording] = []
    problems: list[Problem] = []
    chained = files(data)
    for file in chained:
        one, wrong = recording(file, start=source.start)
        problems += wrong
        if one is not None and found and _is_strap(one):
            found[-1] = _with_strap(found[-1], one.streams["hr"])
        elif one is not None:
            found.append(one)
    if problems and not any(len(file.index.where) for file in chained):
        raise Damaged(
            source.file, expected="FIT messages", found="none that can be read", offset=min(data[0], len(data))
        )
    return tuple(found), _aggregated(problems)


def _is_strap(one: Recording) -> bool:
    """Whether it holds nothing but the memory of a heart-rate strap, which is chained behind its activity."""
    return one.streams.keys() == {"hr"} and not (one.laps or one.sessions or one.lengths or one.events)


def _with_strap(activity: Recording, beats: Stream) -> Recording:
    """The activity with more beats behind those it has."""
    known = activity.streams.get("hr")
    if known is not None:
        rates = np.concatenate([known.values["heart_rate"], beats.values["heart_rate"]])
        beats = Stream("hr", np.concatenate([known.time, beats.time]), {"heart_rate": rates})
    return replace(activity, streams={**activity.streams, "hr": beats})


def _aggregated(problems: list[Problem]) -> tuple[Problem, ...]:
    """Each problem once, at its first place, with how often it was met."""
    known: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        key = problem.kind, problem.message
        first = known.get(key, problem)
        count = problem.count + (first.count if key in known else 0)
        known[key] = Problem(first.kind, first.message, first.offset, first.line, count)
    told = tuple(known.values())[:MOST_PROBLEMS]
    if len(known) > MOST_PROBLEMS:
        told += (Problem("more", f"{len(known) - MOST_PROBLEMS:,} more kinds of problems were found."),)
    return told
