# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Who wins the Six Nations?
# Sixty matches of four seasons. The functions are the ones that are served.

# %%
import numpy as np
from predict import DRAWS, TEAMS, predict
from scores import last_season, standard_error
from strengths import read

# %% [markdown]
# Points spread far more than a Poisson distribution allows: its variance would be its mean.

# %%
matches = read()
points = np.concatenate([matches["home_points"], matches["away_points"]])
print(f"mean {points.mean():.1f}, variance {points.var():.0f}")

# %% [markdown]
# How strong is each team in the season to come, as a factor on points, with 90 % intervals? They are wide: five matches
# a season say little.

# %%
for place, team in enumerate(TEAMS):
    for name, sign in (("attack", 1), ("defence", -1)):
        low, middle, high = np.exp(np.quantile(sign * DRAWS[name][:, place], [0.05, 0.5, 0.95]))
        print(f"{team:9} {name:8} {middle:.2f} ({low:.2f} to {high:.2f})")

# %% [markdown]
# Is the forecast any good? The last season, from those before it, against one negative binomial for all.

# %%
found, constant, slices = last_season()
for name, values in (("forecast", found), ("constant", constant), ("gain", found - constant)):
    print(f"{name:9} {values.mean():.3f}, standard error {standard_error(values):.3f}")

# %%
predict("Wales", "England")
