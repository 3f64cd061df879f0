"""What the gates found, for programs and for people: JSON, JUnit XML, one HTML page."""

from __future__ import annotations

import html
import json
from dataclasses import asdict
from xml.sax.saxutils import quoteattr

from paceline.ship.gates import Outcome
from paceline.ship.gates.check import Checked

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "td{padding:.3rem .8rem .3rem 0;vertical-align:top}.failed{color:#c02020;font-weight:600}.absent{opacity:.6}"
    "pre{overflow:auto;padding:.6rem;border:1px solid #8886}@media(prefers-color-scheme:dark){.failed{color:#ff8080}}"
)


def as_json(checked: Checked) -> str:
    """One object: the product, whether it passed, each outcome, the gates that were not asked."""
    found = {
        "product": checked.product,
        "passed": checked.passed,
        "outcomes": [asdict(outcome) for outcome in checked.outcomes],
        "unasked": checked.unasked,
    }
    return json.dumps(found, ensure_ascii=False, indent=1)


def as_junit(checked: Checked) -> str:
    """A test suite that continuous integration understands: a case an outcome."""
    cases = "\n".join(_case(outcome) for outcome in checked.outcomes)
    failed = sum(outcome.state == "failed" for outcome in checked.outcomes)
    absent = sum(outcome.state == "absent" for outcome in checked.outcomes) + len(checked.unasked)
    unasked = "\n".join(
        f"<testcase classname={quoteattr(checked.product)} name={quoteattr(name)}>"
        '<skipped message="another gate had failed"/></testcase>'
        for name in checked.unasked
    )
    total = len(checked.outcomes) + len(checked.unasked)
    head = f'<testsuite name={quoteattr(checked.product)} tests="{total}" failures="{failed}" skipped="{absent}">'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>{head}\n{cases}\n{unasked}\n</testsuite></testsuites>\n'
    )


def _case(outcome: Outcome) -> str:
    inside = ""
    if outcome.state == "failed":
        inside = (
            f"<failure message={quoteattr(outcome.said)}>{_text(outcome.advice + chr(10) + outcome.output)}</failure>"
        )
    elif outcome.state == "absent":
        inside = f"<skipped message={quoteattr(outcome.said)}/>"
    name, time = quoteattr(outcome.gate), f"{outcome.seconds:.3f}"
    return f'<testcase classname="gates" name={name} time="{time}">{inside}</testcase>'


def _text(text: str) -> str:
    """Text that XML can hold: what control characters a program printed are left out."""
    return html.escape("".join(sign for sign in text if sign >= " " or sign in "\n\t"), quote=False)


def as_html(checked: Checked) -> str:
    """A page to hand on: nothing is fetched from anywhere."""
    rows = "\n".join(_row(outcome) for outcome in checked.outcomes)
    verdict = "may go out" if checked.passed else "is stopped"
    rest = f"<p>Not asked, since another had failed: {', '.join(checked.unasked)}.</p>" if checked.unasked else ""
    title = html.escape(f"{checked.product} {verdict}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><table>{rows}</table>{rest}</html>\n"
    )


def _row(outcome: Outcome) -> str:
    output = (
        f"<details><summary>Output</summary><pre>{html.escape(outcome.output)}</pre></details>"
        if outcome.output
        else ""
    )
    advice = f"<br><em>{html.escape(outcome.advice)}</em>" if outcome.advice and outcome.state == "failed" else ""
    return (
        f'<tr><td class="{outcome.state}">{outcome.state}</td><td>{html.escape(outcome.gate)}</td>'
        f"<td>{html.escape(outcome.said)}{advice}{output}</td><td>{outcome.seconds:.1f} s</td></tr>"
    )
