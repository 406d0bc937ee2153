# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first city
#
# A small town is generated, looked at, and lived in for a month; three solvers are used alone; and
# two policies are compared under the same random draws. Open this file as a notebook with
# jupytext (`uv run --extra notebook jupytext --to ipynb docs/tutorials/first_city.py`), or run it
# as a script. The first run compiles the kernels, which takes a few minutes; later ones do not.

# %%
import tempfile

import numpy as np
import pandas as pd
from bokeh.io import output_notebook, show
from bokeh.plotting import figure
from bokeh.resources import INLINE

import twin
from twin.flows import heat, traffic, water
from twin.scenario import scenario_from_text
from twin.scenario.city import resolve_city

output_notebook(resources=INLINE, hide_banner=True)

# %% [markdown]
# ## A scenario names a city and a policy
#
# Usually it is a file (`twin.load_scenario`); here it is a text. The town of 5,000 people is built
# once and kept in the user's cache. `city: {bundle: cities/akkol}` would name a real one.

# %%
scenario = scenario_from_text("""
scenario: first_city
question: Does a city that hears more people know of failures sooner, within one winter?
city: {synthesise: {people: 5000, seed: 1}}
start: 2026-01-01
days: 90
seeds: 2
levers:
  participation: {voice_share: 0.02}
arms:
  open_ear: {levers.participation.voice_share: 0.3}
indicators: [days_to_known, participation_rate, leakage_share]
expect:
  - {indicator: days_to_known, arm: open_ear, sign: "-", because: somebody calls before a survey}
""")
city = resolve_city(scenario)
print(city.name, city.crs, len(city.persons), "people in", len(city.buildings), "buildings")

# %% [markdown]
# ## Its tables
#
# Ten data frames, five of them with geometry in metres. Every row says whether it was observed,
# imputed or generated; here all is generated. `docs/data-dictionary.md` explains every column.

# %%
city.buildings[["use", "floors", "people", "built_year", "zone_id", "water_node"]].head()

# %%
pipes = city.util_edges.groupby(["network", "material"])["length_m"].agg(["count", "sum"])
pipes["km"] = pipes.pop("sum") / 1000.0
pipes

# %%
pd.Series(city.imputed_share()).head()

# %% [markdown]
# Any network is also a networkx graph, for questions the tables do not answer.

# %%
streets = city.to_networkx("street")
print(streets.number_of_nodes(), "crossings,", streets.number_of_edges(), "ways between them")

# %% [markdown]
# ## A month, day by day
#
# `CityModel` is a Mesa model; one step is one day. Institutions are Mesa agents; citizens are
# columns, because there are many.

# %%
model = twin.CityModel(city, scenario, seed=1)
model.run_for(30)
print("agents:", sorted({type(agent).__name__ for agent in model.agents}))
print("trust:", round(model.citizens.agg("trust", np.mean), 3))
print("failures so far:", len(model.recorder.failures))

# %%
waters = pd.Series(model.flow_service["water"].totals).round(1)
waters

# %% [markdown]
# What must not get lost did not get lost: the largest relative imbalance of the month.

# %%
pd.Series(model.result().invariants)

# %% [markdown]
# ## One solver alone: water
#
# Two junctions behind a reservoir. Shutting the short way leaves the long one.

# %%
nodes = pd.DataFrame(
    [
        {"node": "R", "kind": "reservoir", "head_m": 50.0},
        {"node": "A", "kind": "junction", "elevation_m": 10.0, "demand_m3s": 0.010},
        {"node": "B", "kind": "junction", "elevation_m": 12.0, "demand_m3s": 0.005},
    ]
)
links = pd.DataFrame(
    [("RA", "R", "A", 500.0), ("AB", "A", "B", 400.0), ("RB", "R", "B", 1500.0)],
    columns=["link", "from_node", "to_node", "length_m"],
).assign(diameter_m=0.15, roughness=110.0)
pipes_net = water.WaterNetwork.from_frames(nodes, links)
whole = water.simulate(pipes_net)
shut = water.simulate(pipes_net, closed=np.array([True, False, False]))
pd.concat({"open": whole.pressure_m.iloc[0], "RA shut": shut.pressure_m.iloc[0]}, axis=1).round(2)

# %% [markdown]
# ## Heat
#
# One boiler, one consumer, 500 m of worn pipe out and back.

# %%
pipe = {
    "length_m": 500.0,
    "diameter_m": 0.1,
    "roughness_m": 5e-4,
    "loss_w_m2k": 2.0,
    "ambient_c": 5.0,
}
mains = heat.HeatNetwork(
    nodes=pd.DataFrame({"node": ["s0", "s1", "r0", "r1"], "elevation_m": 0.0}),
    pipes=pd.DataFrame(
        [
            {"pipe": "out", "from_node": "s0", "to_node": "s1", "side": "supply", **pipe},
            {"pipe": "back", "from_node": "r1", "to_node": "r0", "side": "return", **pipe},
        ]
    ),
    consumers=pd.DataFrame(
        [
            {
                "consumer": "school",
                "supply_node": "s1",
                "return_node": "r1",
                "heat_w": 500e3,
                "return_temp_c": 50.0,
            }
        ]
    ),
    sources=pd.DataFrame(
        [
            {
                "source": "boiler",
                "supply_node": "s0",
                "return_node": "r0",
                "supply_pressure_pa": 8e5,
                "lift_pa": 4e5,
                "supply_temp_c": 95.0,
            }
        ]
    ),
)
warm = heat.solve(mains)
print(warm.consumers[["mass_flow_kgs", "delivered_w"]].round(2).to_string())
print("lost on the way:", round(warm.pipes["loss_w"].sum() / 1e3, 1), "kW")

# %% [markdown]
# ## Traffic: Braess's paradox
#
# Six vehicles from 1 to 2. Each takes what is quickest for itself. With the short cut from 3 to 4
# everybody needs 92 minutes; without it, 83.

# %%
ways = pd.DataFrame(
    [
        (1, 3, 1e-8, 1e9),
        (1, 4, 50.0, 0.02),
        (3, 2, 50.0, 0.02),
        (3, 4, 10.0, 0.1),
        (4, 2, 1e-8, 1e9),
    ],
    columns=["init_node", "term_node", "free_flow_time", "b"],
).assign(capacity=1.0, power=1.0)
trips = pd.DataFrame({"origin": [1], "dest": [2], "demand": [6.0]})
roads = traffic.TrafficNetwork.from_frames(ways, trips)
with_short_cut = traffic.assign(roads, relative_gap=1e-10)
without = traffic.assign(roads, 1e-10, closed=np.array([False, False, False, True, False]))
print(with_short_cut.trip_cost.round(3), without.trip_cost.round(3))

# %% [markdown]
# ## Two policies under the same random draws
#
# `compare` runs base and arm for two seeds, each run whole or not at all, and pairs them: with one
# seed every pipe, winter day and citizen has the same random draws in both. Two seeds and a winter
# are for a tutorial; a question needs years and more seeds, which is what the files in `scenarios` say.

# %%
runs = tempfile.TemporaryDirectory()
effects = twin.compare(scenario, seeds=range(2), out=runs.name)
effects[effects["indicator"].isin(scenario.indicators)].round(4)

# %% [markdown]
# ## A picture
#
# Runs that are done are opened, not run again. Here one month at a time, base and arm.

# %%
picture = figure(
    height=260,
    width=640,
    title="Adults who reported at least once",
    x_axis_type="datetime",
    y_axis_label="share",
)
for one, colour in zip(scenario.all_arms(), ("#4477aa", "#ee6677"), strict=True):
    table = twin.run(one, seed=0, out=runs.name).indicators
    months = table.query("period == 'month' and indicator == 'participation_rate'")
    when = pd.to_datetime(months["end"])
    picture.line(when, months["value"], color=colour, legend_label=one.arm_name)
    picture.scatter(when, months["value"], color=colour, size=7)
picture.legend.location = "center_right"
show(picture)

# %%
runs.cleanup()
