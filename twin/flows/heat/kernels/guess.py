"""Compiled guesses: how scenarios follow from those before, and states kept and combined alike."""

import numpy as np

from twin.kernels.jit import kernel

BLOCK = 8  # scenarios that follow one another
BACK = 4  # scenarios before that a guess is made of, beside the start

_RIDGE = 1e-12  # of the trace: less than this is rounding
_TINY = 1e-300
_WILDEST = 20.0  # sum of weights, by size, beyond which a combination is not trusted
_LIKE = 0.1  # share of the way, squared, that a combination may miss


@kernel
def combine(asked, start):
    """Find weights that make each scenario of the start and those before it in its block.

    Least squares on the way from the newest of them, with weights that add to 1.

    Parameters
    ----------
    asked
        `features` of whole blocks, shape (n_rows, n_features).
    start
        Those of the solution every block begins from, shape (n_features,).

    Returns
    -------
    tuple of ndarray
        Weights, shape (n_rows, 1 + BACK): of the start, of the scenario before, of the one before
        that, and so on; all 0 where no combination comes near. And what each combination misses,
        shape (n_rows,).
    """
    n_rows = asked.shape[0]
    weights, miss = np.zeros((n_rows, 1 + BACK)), np.zeros(n_rows)
    for row in range(n_rows):
        n = min(row % BLOCK, BACK)
        newest = asked[row - 1] if n > 0 else start
        way = asked[row] - newest
        apart = np.empty((1 + n, way.size))
        apart[0] = start - newest
        for back in range(1, 1 + n):
            apart[back] = asked[row - back] - newest
        gram = apart @ apart.T
        ridge = _RIDGE * np.trace(gram) + _TINY
        for k in range(1 + n):
            gram[k, k] += ridge
        weight = np.linalg.solve(gram, apart @ way)
        missed = way - weight @ apart
        weight[min(n, 1)] += 1.0 - weight.sum()
        off = missed @ missed
        miss[row] = np.sqrt(off)
        if np.abs(weight).sum() <= _WILDEST and off <= _LIKE * (way @ way):
            weights[row, : 1 + n] = weight
    return weights, miss


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
