"""What is asked over HTTP: one match by its two teams, or all of a season's fixtures with the table they end in."""

from pathlib import Path

from simulate import load, match, season

DRAWS = load(Path(__file__).parent / "model" / "rugby.npz")
TEAMS = DRAWS["teams"].tolist()
MATCHES = {
    (home, away, neutral): match(DRAWS, home, away, neutral)
    for home in TEAMS
    for away in TEAMS
    for neutral in (False, True)
    if home != away
}
"""Every match that can be asked for, worked out once, when the code is loaded."""


def predict(home=None, away=None, neutral=False, fixtures=None):
    """Each match that is asked for; where they are a season's fixtures, also the table they end in."""
    asked = fixtures or [{"home": home, "away": away, "neutral": neutral}]
    return {
        "season": int(DRAWS["season"]),
        "matches": [MATCHES[one["home"], one["away"], one.get("neutral", False)] for one in asked],
        "table": [] if fixtures is None else season(DRAWS, fixtures),
    }
