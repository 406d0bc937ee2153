"""Power flow written out: one dense matrix, Newton's method with derivatives by small changes."""

import numpy as np

BASE_VA = 1e6


def admittances(buses, lines, transformers, frequency_hz=50.0):
    """Return the dense matrix of admittances, per unit; transformers without shift."""
    row = {bus: i for i, bus in enumerate(buses["bus"])}
    volts = dict(zip(buses["bus"], buses["nominal_v"], strict=True))
    matrix = np.zeros((len(row), len(row)), dtype=complex)

    def add(one, other, from_, through, to):
        a, b = row[one], row[other]
        matrix[a, a] += from_
        matrix[b, b] += to
        matrix[a, b] += through
        matrix[b, a] += through

    for line in lines.to_dict("records"):
        ohm = volts[line["from_bus"]] ** 2 / BASE_VA
        z = complex(line["r_ohm_per_m"], line["x_ohm_per_m"]) * line["length_m"] / ohm
        b = 2j * np.pi * frequency_hz * line["c_f_per_m"] * line["length_m"] * ohm
        add(line["from_bus"], line["to_bus"], 1 / z + b / 2, -1 / z, 1 / z + b / 2)
    for trafo in transformers.to_dict("records"):
        r, size = trafo["copper_share"], trafo["short_circuit_share"]
        scale = BASE_VA / trafo["rated_va"] * (trafo["lv_v"] / volts[trafo["lv_bus"]]) ** 2
        z = complex(r, np.sqrt(size**2 - r**2)) * scale
        nominal = volts[trafo["hv_bus"]] / volts[trafo["lv_bus"]]
        assert trafo["tap_side"] == "hv"
        tap = 1 + trafo["tap_steps"] * trafo["tap_step_share"]
        ratio = tap * trafo["hv_v"] / trafo["lv_v"] / nominal
        iron = trafo["iron_loss_w"]
        magnet = np.sqrt((trafo["no_load_share"] * trafo["rated_va"]) ** 2 - iron**2)
        core = complex(iron, -magnet) / BASE_VA * (volts[trafo["lv_bus"]] / trafo["lv_v"]) ** 2
        # three nodes: hv side of the ideal transformer, the core, lv; the core is eliminated
        star = np.array([[2 / z, 0, -2 / z], [0, 2 / z, -2 / z], [-2 / z, -2 / z, 4 / z + core]])
        two = star[:2, :2] - np.outer(star[:2, 2], star[2, :2]) / star[2, 2]
        add(
            trafo["hv_bus"],
            trafo["lv_bus"],
            two[0, 0] / ratio**2,
            two[0, 1] / ratio,
            two[1, 1],
        )
    return matrix


def voltages(matrix, slack, slack_voltage, drawn):
    """Return voltages that make every bus but `slack` draw what it should, by Newton."""
    n = matrix.shape[0]
    others = [i for i in range(n) if i != slack]

    def whole(x):
        v = np.full(n, slack_voltage, dtype=complex)
        v[others] = x[: n - 1] + 1j * x[n - 1 :]
        return v

    def missing(x):
        v = whole(x)
        short = v * np.conj(matrix @ v) + drawn
        return np.concatenate([short[others].real, short[others].imag])

    x = np.concatenate([np.full(n - 1, slack_voltage.real), np.full(n - 1, slack_voltage.imag)])
    for _ in range(30):
        error = missing(x)
        slopes = np.empty((2 * n - 2, 2 * n - 2))
        for i in range(2 * n - 2):
            moved = x.copy()
            moved[i] += 1e-7
            slopes[:, i] = (missing(moved) - error) / 1e-7
        x = x - np.linalg.solve(slopes, error)
    assert np.abs(missing(x)).max() < 1e-11
    return whole(x)
