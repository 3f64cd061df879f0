# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # A ride on the track, from raw files to laps and drag
#
# The session is simulated, so that this runs anywhere; put the files of your own hall in its place.

# %%
import base64
import tempfile
from pathlib import Path

from measured import measured

from paceline.simulate.track import simulate_track
from paceline.simulate.track_files import write_session
from paceline.simulate.track_plans import Block, World

# %%
folder = Path(tempfile.mkdtemp())
session = simulate_track(1, world=World(blocks=(Block("pursuit", 2000.0, (455.0,)),)))
write_session(session, folder)
files = [
    {"name": name, "content": base64.b64encode((folder / name).read_bytes()).decode()}
    for name in ("hub.csv", "passings.jsonl", "weather.csv")
]
settings = (folder / "paceline.yaml").read_text(encoding="utf-8")

# %%
found = measured(files, settings=settings, effort="run 1", metrics=["lap_times", "average_power", "cda", "cda_error"])
found["metrics"]

# %% [markdown]
# Whatever is missing says why: here nobody wore a heart-rate sensor.

# %%
measured(files, settings=settings, metrics=["average_heart_rate"])["missing"]
