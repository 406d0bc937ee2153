"""Compiled guesses: states of earlier solves kept, and combined."""

import numpy as np

from twin.kernels.jit import kernel

BLOCK = 8  # scenarios that follow one another
BACK = 4  # scenarios before that a guess is made of, beside the start


@kernel
def _guessed(state):
    """Return what of a state a guess gives; all else follows within an iteration."""
    return (
        state.flow_kgs,
        state.mean_temp_c,
        state.pressure_pa,
        state.temp_c,
        state.enthalpy_jkg,
        state.sensitivity_k,
        state.want_kgs,
        state.consumer_kgs,
    )


@kernel
def room_for(state):
    """Return room for the start and the last `BACK` states, one a row."""
    size = 0
    for values in _guessed(state):
        size += values.size
    return np.zeros((1 + BACK, size))


@kernel
def keep_into(state, place, out_kept):
    """Keep a state in row `place`."""
    begin = 0
    for values in _guessed(state):
        out_kept[place, begin : begin + values.size] = values
        begin += values.size


@kernel
def slot(n_solved, back):
    """Return where the state lies that was solved `back` before the next one, 1 or more."""
    return 1 + (n_solved - back) % BACK


@kernel
def guess_into(weights, n_solved, kept, out_state):
    """Combine the start and the last states; what consumers want stays 0 or more."""
    begin = 0
    for values in _guessed(out_state):
        size = values.size
        for i in range(size):
            values[i] = weights[0] * kept[0, begin + i]
        for back in range(1, BACK + 1):
            share, row = weights[back], slot(n_solved, back)
            if share != 0.0:
                for i in range(size):
                    values[i] += share * kept[row, begin + i]
        begin += size
    for c in range(out_state.want_kgs.size):
        out_state.want_kgs[c] = max(out_state.want_kgs[c], 0.0)
