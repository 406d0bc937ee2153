"""A buried pipe full of still water: radial conduction on a fine grid, minute by minute."""

import numpy as np
from scipy.linalg import solve_banded


def still_pipe(pipe, temps_c, hours, step_s=60.0):
    """Return the water's temperature after every hour, shape (hours,).

    `pipe` holds water_jmk, wall_jmk, insulation_mkw, casing_m, outer_m, conductivity_wmk and
    heat_capacity_jm3k; `temps_c` is (water at the start, undisturbed ground).
    """
    radii = np.geomspace(pipe["casing_m"] / 2, pipe["outer_m"], 301)
    middle = np.sqrt(radii[1:] * radii[:-1])
    edges = np.concatenate([radii[:1], middle])
    store = pipe["heat_capacity_jm3k"] * np.pi * np.diff(edges**2)
    capacity = np.concatenate([[pipe["water_jmk"] + pipe["wall_jmk"]], store])
    out = 2 * np.pi * pipe["conductivity_wmk"] / np.log(radii[1:] / radii[:-1])
    links = np.concatenate([[1.0 / pipe["insulation_mkw"]], out])
    whole = np.sum(1.0 / links)
    inwards = np.concatenate([[0.0], np.cumsum(1.0 / links)[:-1]])
    start_c, ground_c = temps_c
    temp_c = start_c - (start_c - ground_c) * inwards / whole
    bands = np.zeros((3, capacity.size))
    bands[1] = capacity / step_s + links
    bands[1, 1:] += links[:-1]
    bands[0, 1:] = -links[:-1]
    bands[2, :-1] = -links[:-1]
    found = []
    for step in range(1, round(hours * 3600 / step_s) + 1):
        given = capacity / step_s * temp_c
        given[-1] += links[-1] * ground_c
        temp_c = solve_banded((1, 1), bands, given)
        if step * step_s % 3600 == 0:
            found.append(temp_c[0])
    return np.array(found)
