"""Compiled rows of steady solves: hours one after another, or scenarios side by side."""

from typing import NamedTuple

import numba
import numpy as np

from twin.flows.heat.kernels.friction import Bores, FrictionWork
from twin.flows.heat.kernels.guess import BACK, BLOCK, guess_into, keep_into, room_for, slot
from twin.flows.heat.kernels.medium import density_and_viscosity, enthalpy_at
from twin.flows.heat.kernels.pressure import HeatArrays, HeatInput, HeatState, HeatWork
from twin.flows.heat.kernels.steady import CONVERGED, solve_heat_into
from twin.kernels.jit import kernel, parallel_kernel

NOT_SOLVED = 1  # did not converge
SHORT = 2  # a consumer lacks pressure: valves must open
LIMITED = 3  # sources lack capacity


_MOST_SCALE = 5.0
_BORES = len(HeatArrays._fields) - 1  # place of the tuple in the tuple
_FRICTION = len(HeatWork._fields) - 1
_MEANS = HeatWork._fields.index("mean_step_k")


class Rows(NamedTuple):
    """What is given, row by row; a table of one row holds for all."""

    heat_w: np.ndarray  # (n_rows or 1, n_consumers)
    return_temp_c: np.ndarray  # (n_rows or 1, n_consumers)
    supply_temp_c: np.ndarray  # (n_rows or 1, n_sources)
    ground_c: np.ndarray  # (n_rows or 1, n_pipes)
    loss_wk: np.ndarray  # (n_rows or 1, n_pipes)
    closed: np.ndarray  # (n_rows or 1, n_pipes) uint8
    capacity_w: np.ndarray  # (n_parts,)


class Guesses(NamedTuple):
    """How each row's guess is made of the start and the rows before it."""

    weight: np.ndarray  # (n_rows, 1 + BACK)
    is_made: np.ndarray  # (n_rows,) uint8, 1 = there is a combination that comes near
    is_close: np.ndarray  # (n_rows,) uint8, 1 = and it comes so near that little is left to do


class Found(NamedTuple):
    """What is found, row by row."""

    delivered_w: np.ndarray  # (n_rows, n_consumers)
    consumer_kgs: np.ndarray  # (n_rows, n_consumers)
    consumer_temp_c: np.ndarray  # (n_rows, n_consumers) supply temperature
    dp_pa: np.ndarray  # (n_rows, n_consumers)
    source_w: np.ndarray  # (n_rows, n_sources)
    source_kgs: np.ndarray  # (n_rows, n_sources)
    source_temp_c: np.ndarray  # (n_rows, n_sources) supply temperature
    return_temp_c: np.ndarray  # (n_rows, n_sources)
    flow_kgs: np.ndarray  # (n_rows or 0, n_pipes)
    loss_w: np.ndarray  # (n_rows,)
    energy_error: np.ndarray  # (n_rows,)
    iterations: np.ndarray  # (n_rows,) int32
    code: np.ndarray  # (n_rows,) uint8: 0 solved, or one of the codes above


@kernel
def ask_into(net, rows, row, inp, fluid):
    """Fill a network's ambient temperatures and an input with a row."""
    inp.heat_w[:] = rows.heat_w[row % rows.heat_w.shape[0]]
    inp.return_temp_c[:] = rows.return_temp_c[row % rows.return_temp_c.shape[0]]
    inp.supply_temp_c[:] = rows.supply_temp_c[row % rows.supply_temp_c.shape[0]]
    inp.loss_wk[:] = rows.loss_wk[row % rows.loss_wk.shape[0]]
    inp.closed[:] = rows.closed[row % rows.closed.shape[0]]
    if inp.return_temp_c.size > 0:
        back_c = inp.return_temp_c.mean()
        inp.column_kgm3[1], _ = density_and_viscosity(fluid, back_c)
    inp.column_kgm3[0], _ = density_and_viscosity(fluid, inp.supply_temp_c.mean())
    if rows.ground_c.shape[0] == 1:  # the network's own already
        return
    net.ambient_c[:] = rows.ground_c[row % rows.ground_c.shape[0]]
    for node in range(net.node_ambient_c.size):
        total = 0.0
        begin, end = net.pipe_start[node], net.pipe_start[node + 1]
        for at in range(begin, end):
            total += net.ambient_c[net.node_pipes[at]]
        if end > begin:
            net.node_ambient_c[node] = total / (end - begin)


@kernel
def judge(net, inp, rows, out, code):
    """Return a row's code: what the plain solve cannot give shows here."""
    if code != CONVERGED:
        return NOT_SOLVED
    for c in range(inp.heat_w.size):
        dp = out.pressure_pa[net.consumer_supply[c]] - out.pressure_pa[net.consumer_return[c]]
        if out.want_kgs[c] > 0.0 and dp < inp.min_dp_pa[c] * (1.0 - 1e-9):
            return SHORT
    for part in range(rows.capacity_w.size):
        total = 0.0
        for k in range(net.source_part.size):
            if net.source_part[k] == part:
                total += out.source_heat_w[k]
        if total > rows.capacity_w[part] * (1.0 + 1e-5):
            return LIMITED
    return 0


@kernel
def write_into(net, inp, fluid, row, out, found):
    """Write down a row's solution."""
    given, spent, wanted = 0.0, 0.0, 0.0
    makeup = enthalpy_at(fluid, inp.makeup_temp_c)
    for k in range(net.source_supply.size):
        found.source_w[row, k] = out.source_heat_w[k]
        found.source_kgs[row, k] = out.source_supply_kgs[k]
        found.source_temp_c[row, k] = inp.supply_temp_c[k]
        found.return_temp_c[row, k] = out.temp_c[net.source_return[k]]
        given += out.source_heat_w[k]
    for c in range(inp.heat_w.size):
        s, r = net.consumer_supply[c], net.consumer_return[c]
        found.delivered_w[row, c] = out.delivered_w[c]
        found.consumer_kgs[row, c] = out.consumer_kgs[c]
        found.consumer_temp_c[row, c] = out.temp_c[s]
        found.dp_pa[row, c] = out.pressure_pa[s] - out.pressure_pa[r]
        spent += out.delivered_w[c]
        wanted += inp.heat_w[c]
    lost = 0.0
    for p in range(net.tail.size):
        lost += out.loss_w[p]
        if found.flow_kgs.shape[0] > 0:
            found.flow_kgs[row, p] = out.flow_kgs[p]
    leaked = 0.0
    for i in range(out.leak_kgs.size):
        leaked += out.leak_kgs[i] * (out.enthalpy_jkg[i] - makeup)
    found.loss_w[row] = lost
    gap = given - spent - lost - leaked
    found.energy_error[row] = gap / max(abs(given), 1e-3 * wanted, 1.0)


@kernel
def scale_into(before_w, after_w, out):
    """Scale flows by the heat wanted: in a network with little loss nearly the answer."""
    if before_w > 0.0 and after_w > 0.0:
        scale = min(max(after_w / before_w, 1.0 / _MOST_SCALE), _MOST_SCALE)
        for p in range(out.flow_kgs.size):
            out.flow_kgs[p] *= scale


@kernel
def row_into(net, inp, fluid, pattern, options, rows, row, out, work, found):
    """Solve the row that `inp` holds, from the state `out`, and write it down; return its code."""
    code, iterations = solve_heat_into(net, inp, fluid, pattern, options, out, work)
    found.code[row] = judge(net, inp, rows, out, code)
    found.iterations[row] = iterations
    write_into(net, inp, fluid, row, out, found)
    return found.code[row]


@kernel
def series_into(net, inp, fluid, pattern, options, rows, first, out, work, found):
    """Solve rows from `first` on, each from the one before; return the row that needs more.

    `net` (its ambient temperatures) and `inp` are filled row by row, and must be the caller's
    own. `options` is as in `solve_heat_into`.
    """
    n_rows = found.code.size
    for row in range(first, n_rows):
        before_w = inp.heat_w.sum()
        ask_into(net, rows, row, inp, fluid)
        scale_into(before_w, inp.heat_w.sum(), out)
        if row_into(net, inp, fluid, pattern, options, rows, row, out, work, found) > 0:
            return row
    return n_rows


@kernel
def _own_net(net):
    """Return a network whose ambient temperatures are its own."""
    return HeatArrays(
        tail=net.tail,
        head=net.head,
        length_m=net.length_m,
        diameter_m=net.diameter_m,
        lift_pa=net.lift_pa,
        lift_fall=net.lift_fall,
        ambient_c=net.ambient_c.copy(),
        elevation_m=net.elevation_m,
        node_ambient_c=net.node_ambient_c.copy(),
        side=net.side,
        unknown=net.unknown,
        pipe_start=net.pipe_start,
        node_pipes=net.node_pipes,
        consumer_supply=net.consumer_supply,
        consumer_return=net.consumer_return,
        consumer_part=net.consumer_part,
        source_supply=net.source_supply,
        source_return=net.source_return,
        source_part=net.source_part,
        source_share=net.source_share,
        source_holds=net.source_holds,
        bores=net.bores,
    )


@kernel
def _own_input(inp):
    """Return an input that shares nothing that rows change."""
    return HeatInput(
        heat_w=inp.heat_w.copy(),
        return_temp_c=inp.return_temp_c.copy(),
        max_flow_kgs=inp.max_flow_kgs,
        min_dp_pa=inp.min_dp_pa,
        bypass_kgs=inp.bypass_kgs,
        drop_k=inp.drop_k,
        given_kgs=inp.given_kgs,
        loss_wk=inp.loss_wk.copy(),
        closed=inp.closed.copy(),
        leak_area_m2=inp.leak_area_m2,
        supply_temp_c=inp.supply_temp_c.copy(),
        supply_pressure_pa=inp.supply_pressure_pa,
        return_pressure_pa=inp.return_pressure_pa,
        column_kgm3=inp.column_kgm3.copy(),
        makeup_temp_c=inp.makeup_temp_c,
    )


@kernel
def _own_state(state):
    """Return a copy of a state."""
    return HeatState(
        flow_kgs=state.flow_kgs.copy(),
        mean_temp_c=state.mean_temp_c.copy(),
        loss_w=state.loss_w.copy(),
        pressure_pa=state.pressure_pa.copy(),
        temp_c=state.temp_c.copy(),
        enthalpy_jkg=state.enthalpy_jkg.copy(),
        sensitivity_k=state.sensitivity_k.copy(),
        reached=state.reached.copy(),
        leak_kgs=state.leak_kgs.copy(),
        want_kgs=state.want_kgs.copy(),
        consumer_kgs=state.consumer_kgs.copy(),
        valve=state.valve.copy(),
        delivered_w=state.delivered_w.copy(),
        return_out_c=state.return_out_c.copy(),
        source_supply_kgs=state.source_supply_kgs.copy(),
        source_return_kgs=state.source_return_kgs.copy(),
        source_heat_w=state.source_heat_w.copy(),
    )


@kernel
def _own_work(flat_work):
    """Return scratch of the same sizes; `flat_work` lacks the room for friction."""
    n_pipes = flat_work[_MEANS].size
    room = np.empty((9, n_pipes))
    friction = FrictionWork(
        room[0], room[1], room[2], room[3], room[4], room[5], room[6], room[7], room[8]
    )
    return HeatWork(
        flat_work[0].copy(),  # diagonal
        flat_work[1].copy(),  # off_diagonal
        flat_work[2].copy(),  # rhs
        flat_work[3].copy(),  # change
        flat_work[4].copy(),  # factor_l
        flat_work[5].copy(),  # factor_d
        flat_work[6].copy(),  # conductance
        flat_work[7].copy(),  # trial
        flat_work[8].copy(),  # draw_kgs
        flat_work[9].copy(),  # leak_slope
        flat_work[10].copy(),  # moved_pa
        flat_work[11].copy(),  # inject_kgs
        flat_work[12].copy(),  # inject_w
        flat_work[13].copy(),  # order
        flat_work[14].copy(),  # missing
        flat_work[15].copy(),  # along
        flat_work[16].copy(),  # mean_before_c
        flat_work[17].copy(),  # mean_step_k
        flat_work[18].copy(),  # mean_after_c
        flat_work[19].copy(),  # want_after_kgs
        friction,
    )


@kernel
def _start_into(start, out):
    """Put a state back to where it starts."""
    out.flow_kgs[:] = start.flow_kgs
    out.mean_temp_c[:] = start.mean_temp_c
    out.loss_w[:] = start.loss_w
    out.pressure_pa[:] = start.pressure_pa
    out.temp_c[:] = start.temp_c
    out.enthalpy_jkg[:] = start.enthalpy_jkg
    out.sensitivity_k[:] = start.sensitivity_k
    out.reached[:] = start.reached
    out.leak_kgs[:] = start.leak_kgs
    out.want_kgs[:] = start.want_kgs
    out.consumer_kgs[:] = start.consumer_kgs
    out.valve[:] = start.valve
    out.delivered_w[:] = start.delivered_w
    out.return_out_c[:] = start.return_out_c
    out.source_supply_kgs[:] = start.source_supply_kgs
    out.source_return_kgs[:] = start.source_return_kgs
    out.source_heat_w[:] = start.source_heat_w


@kernel
def block_into(net, inp, fluid, pattern, options, rows, guesses, start, span, out, work, found):
    """Solve the rows from `span[0]` to before `span[1]` one after the other.

    Each begins from its guess if all it is made of was solved, else from the row before, or
    from `start` after one that was not.
    """
    kept = room_for(out)
    keep_into(start, 0, kept)
    _start_into(start, out)
    base_w = inp.heat_w.sum()
    before_w = base_w
    n_solved = 0
    for row in range(span[0], span[1]):
        ask_into(net, rows, row, inp, fluid)
        used = 0
        for back in range(1, BACK + 1):
            if guesses.weight[row, back] != 0.0:
                used = back
        is_close = 0.0
        if used <= n_solved and guesses.is_made[row]:
            guess_into(guesses.weight[row], n_solved, kept, out)
            if n_solved > 0 and guesses.is_close[row]:
                is_close = 1.0
        else:
            scale_into(before_w, inp.heat_w.sum(), out)
        now = (options[0], options[1], options[2], options[3], is_close)
        code = row_into(net, inp, fluid, pattern, now, rows, row, out, work, found)
        if code == NOT_SOLVED:
            _start_into(start, out)
            before_w = base_w
            n_solved = 0
        else:
            before_w = inp.heat_w.sum()
            keep_into(out, slot(n_solved, 0), kept)
            n_solved += 1


@parallel_kernel
def scenarios_into(net, inp, fluid, pattern, options, rows, guesses, start, work, found):
    """Solve rows in blocks spread over threads.

    `start` is the solution for `inp`. Blocks are the same whatever the threads.
    """
    # a parallel loop takes no tuple inside another, and wants to see named ones made
    flat_net, flat_work = net[:_BORES], work[:_FRICTION]
    bores = Bores(
        net.bores.per_flow_m,
        net.bores.per_flow_squared,
        net.bores.roughness,
        net.bores.law,
        net.bores.laminar_re,
        net.bores.turbulent_re,
    )
    n_rows = found.code.size
    n_blocks = (n_rows + BLOCK - 1) // BLOCK
    for block in numba.prange(n_blocks):
        own_net = _own_net(HeatArrays(*flat_net, bores))
        own_work = _own_work(flat_work)
        own_inp, own_state = _own_input(inp), _own_state(start)
        span = (block * BLOCK, min((block + 1) * BLOCK, n_rows))
        block_into(
            own_net,
            own_inp,
            fluid,
            pattern,
            options,
            rows,
            guesses,
            start,
            span,
            own_state,
            own_work,
            found,
        )
