"""Gates in the terminal: a line for each outcome as it is found, and the verdict."""

from __future__ import annotations

import threading

from rich.console import Console
from rich.text import Text

from paceline.ship.gates import Outcome
from paceline.ship.gates.check import Checked

MARKS = {"passed": ("passed", "green"), "failed": ("FAILED", "bold red"), "absent": ("  –   ", "dim")}


class Telling:
    """Says what is found; gates run side by side, so one line at a time."""

    def __init__(self, *, quiet: bool, aside: bool = False) -> None:
        """With `aside` on standard error, where standard output is for a program."""
        self._console = Console(highlight=False, quiet=quiet, stderr=aside)
        self._one_at_a_time = threading.Lock()

    def outcome(self, outcome: Outcome) -> None:
        """One line, and beneath a failure what to do and the last of what was printed."""
        mark, style = MARKS[outcome.state]
        with self._one_at_a_time:
            line = Text.assemble((f"{mark}  ", style), (f"{outcome.gate}: ", "bold"), outcome.said)
            self._console.print(line)
            if outcome.state == "failed":
                if outcome.output:
                    self._console.print(Text(outcome.output.strip(), style="dim"))
                self._console.print(Text(f"        {outcome.advice}"))

    def verdict(self, checked: Checked) -> None:
        """Whether it may go out, and what was not looked at."""
        if checked.passed:
            self._console.print(Text(f"{checked.product} may go out.", style="bold green"))
            return
        first = checked.first_failure
        stopped = f" by {first.gate}" if first is not None else ""
        rest = f" Not asked: {', '.join(checked.unasked)} (--all asks them)." if checked.unasked else ""
        self._console.print(Text(f"{checked.product} is stopped{stopped}.{rest}", style="bold red"))
