# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Which whiskies taste alike?
# Twelve flavours of 86 distilleries. The functions are the ones that are served.

# %%
from collections import Counter

from recommend import FLAVOURS, WHISKIES, nearest

# %% [markdown]
# Which flavours differ most between distilleries?

# %%
for place, flavour in enumerate(FLAVOURS):
    print(flavour, dict(sorted(Counter(int(taste[place]) for taste in WHISKIES.values()).items())))

# %% [markdown]
# How often do the fifth and the sixth lie at the same distance? Often enough to need a rule: by name.

# %%
ties = 0
for name in WHISKIES:
    found = nearest(name, count=6)["whiskies"]
    ties += found[4]["distance"] == found[5]["distance"]
print(f"{ties} of {len(WHISKIES)}")

# %%
nearest("Macallan")
