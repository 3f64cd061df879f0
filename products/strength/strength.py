# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # What comes next in the gym
#
# Two sessions of an athlete who alternates two exercises, five kilograms more each time round.

# %%
from suggest import next_set

CURL, PUSHDOWN = "resistanceTargeted:arms/barbell-biceps-curl", "resistanceTargeted:arms/triceps-pushdown"
sets = [
    {"exercise": name, "weight_kg": weight, "repetitions": 12} for weight in (40, 45, 50) for name in (CURL, PUSHDOWN)
]
history = [{"session": "resistanceTargeted:arms", "sets": sets}] * 2

# %% [markdown]
# A newcomer is offered the catalogue's first, without a weight: nobody knows it yet.

# %%
next_set("resistanceTargeted:arms")["exercises"][0]

# %% [markdown]
# After two sessions, the second set of the third:

# %%
next_set("resistanceTargeted:arms", done=sets[:1], history=history)["exercises"][0]
