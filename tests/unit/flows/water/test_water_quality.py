"""Age and chlorine: analytic cases, the naive reference, and what is refused."""

import dataclasses
import math

import numpy as np
import pytest

from tests.naive import water_quality as naive
from tests.unit.flows.water.plugs import empty_rings, held
from tests.unit.flows.water.test_inp_write import read
from tests.unit.flows.water.waters import grid, junction, network, pipe, reservoir, tank
from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.water import quality
from twin.flows.water.quality.kernels import mixing as mixing_kernels
from twin.flows.water.quality.kernels import plugs as plug_kernels
from twin.flows.water.quality.kernels import transport as kernels

VOLUME = 1000.0 * np.pi / 4.0 * 0.3**2
FLOW = 0.02
DELAY_S = VOLUME / FLOW


def line(**more):
    """Return a reservoir that feeds one junction through one pipe."""
    return network([reservoir(), junction("A", demand_m3s=FLOW)], [pipe("p", "R", "A")], **more)


def given(net, **changes):
    return dataclasses.replace(quality.QualityInput.of(net), **changes)


def test_water_is_as_old_as_the_pipe_is_long():
    age = quality.water_age(line(), 6 * 3600.0, step_s=60.0).value["A"]
    assert age[3600.0] == pytest.approx(1.0, abs=0.02)
    np.testing.assert_allclose(age.iloc[2:], DELAY_S / 3600.0, atol=0.02)


def test_chlorine_decays_by_the_law_of_first_order_on_its_way():
    net = line()
    rate = -2.0 / 3600.0
    start = np.array([1.5, 0.0])
    inputs = given(net, bulk_s=np.full(1, rate), initial=start, tolerance=0.0)
    found = quality.chlorine(net, 4 * 3600.0, given=inputs, step_s=30.0)
    np.testing.assert_allclose(found.value["A"].iloc[2:], 1.5 * math.exp(rate * DELAY_S), rtol=0.02)
    assert (found.value["A"].iloc[:1] == 0.0).all()
    assert found.imbalance < 1e-12
    assert found.reacted < 0.0


def test_the_wall_takes_what_the_flow_brings_it():
    net = line()
    start = np.array([1.0, 1.0])
    slow, fast = (
        quality.chlorine(net, 14400.0, given=given(net, wall_ms=np.full(1, -w), initial=start))
        for w in (1e-7, 1.0)
    )
    rate = 4.0 * 1e-7 / 0.3  # a slow wall is never short of chlorine
    expected = math.exp(-rate * DELAY_S)
    assert slow.value["A"].iloc[-1] == pytest.approx(expected, rel=2e-3)
    reynolds = FLOW / (np.pi / 4.0 * 0.3**2) * 0.3 / net.viscosity_m2s
    diffusivity = quality.QualityInput.of(net).diffusivity_m2s
    sherwood = 0.0149 * reynolds**0.88 * (net.viscosity_m2s / diffusivity) ** (1.0 / 3.0)
    limit = 4.0 * sherwood * diffusivity / 0.3**2
    assert fast.value["A"].iloc[-1] == pytest.approx(math.exp(-limit * DELAY_S), rel=0.02)


def test_a_tank_mixes_what_flows_in():
    nodes = [reservoir(head_m=90.0), junction("A"), tank(max_level_m=50.0)]
    links = [pipe("p", "R", "A", length_m=1.0), pipe("q", "A", "T", length_m=1.0, diameter_m=0.1)]
    net = network(nodes, links)
    inputs = given(net, initial=np.array([2.0, 0.0, 0.0]), tolerance=0.0)
    found = quality.chlorine(net, 7200.0, given=inputs, step_s=60.0)
    level = water.simulate(net, 7200.0).pressure_m["T"]
    share = 1.0 - level.iloc[0] / level
    np.testing.assert_allclose(found.value["T"], 2.0 * share, atol=2e-3)
    assert found.imbalance < 1e-9


def passed_through(mixing, share=1.0):
    """Return chlorine over 12 h in a tank of 157 m3 that 10 l/s pass through, dosed for 2 h."""
    nodes = [reservoir(head_m=90.0), junction("A"), junction("B"), junction("C", 10.0, 0.01)]
    tanks = [tank(elevation_m=50.0, init_level_m=2.0)]
    links = [pipe("p", "R", "A", length_m=1.0), pipe("q", "B", "T", length_m=1.0)]
    links += [pipe("r", "T", "C", length_m=1.0)]
    links += [
        {"link": "v", "kind": "fcv", "from_node": "A", "to_node": "B", "setting": 0.01}
        | {"diameter_m": 0.3}
    ]
    dosed = {"dose": [1.0] * 2 + [0.0] * 10}
    net = network([*nodes, *tanks], links, patterns=dosed)
    inputs = given(
        net,
        source_kind=np.array([0, -1, -1, -1, -1], np.int32),
        source=np.array([1.0, 0.0, 0.0, 0.0, 0.0]),
        source_pattern=np.array([1, 0, 0, 0, 0], np.int32),
        mixing=np.full(5, mixing, np.int32),
        zone_share=np.full(5, share),
        tolerance=0.0,
    )
    found = quality.chlorine(net, 12 * 3600.0, given=inputs, step_s=60.0)
    assert found.imbalance < 1e-9
    return found.value["C"]


def test_a_tank_of_first_in_first_out_is_a_pure_delay():
    found = passed_through(mixing_kernels.FIRST_IN_FIRST_OUT)
    delay_h = 2.0 * np.pi / 4.0 * 10.0**2 / 0.01 / 3600.0
    hours = found.index.to_numpy() / 3600.0
    expected = (hours > delay_h) & (hours < delay_h + 2.0)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert expected.any()


def test_two_compartments_of_which_one_is_all_the_tank_are_one_that_mixes():
    two, one = (
        passed_through(kind) for kind in (mixing_kernels.TWO_COMPARTMENTS, mixing_kernels.MIXED)
    )
    np.testing.assert_allclose(two, one, rtol=1e-12)
    smaller = passed_through(mixing_kernels.TWO_COMPARTMENTS, 0.1)
    assert smaller.max() > 1.5 * one.max()


def test_a_stack_passes_by_what_comes_and_goes_at_once():
    found = passed_through(mixing_kernels.LAST_IN_FIRST_OUT)
    np.testing.assert_allclose(found.iloc[1:], found.index[1:] <= 7200.0, atol=1e-3)


@pytest.mark.parametrize(
    ("kind", "strength", "expected"),
    [
        (kernels.CONCENTRATION, 3.0, 0.0),
        (kernels.MASS, FLOW * 0.7, 0.7),
        (kernels.SETPOINT, 0.4, 0.4),
        (kernels.FLOW_PACED, 0.3, 0.3),
    ],
)
def test_a_booster_adds_what_its_kind_says(kind, strength, expected):
    nodes = [reservoir(), junction("A"), junction("B", demand_m3s=FLOW)]
    net = network(nodes, [pipe("p", "R", "A"), pipe("q", "A", "B", length_m=10.0)])
    inputs = given(
        net, source_kind=np.array([-1, kind, -1], np.int32), source=np.array([0.0, strength, 0.0])
    )
    found = quality.chlorine(net, 7200.0, given=inputs)
    assert found.value["B"].iloc[-1] == pytest.approx(expected, abs=1e-9)
    assert found.imbalance < 1e-12


def test_a_looped_grid_agrees_with_lists_of_plugs():
    net = grid(3)
    state = water.solve(net)
    inputs = given(
        net,
        initial=np.where(net.node_kind == 1, 1.0, 0.0),
        bulk_s=np.full(net.n_links, -1e-4),
        tolerance=0.0,
    )
    found = quality.chlorine(net, 3600.0, given=inputs, step_s=300.0)
    flows = np.where(np.abs(state.flow_m3s) <= kernels.STILL_M3S, 0.0, state.flow_m3s)
    out = np.bincount(net.head, flows, net.n_nodes) - np.bincount(net.tail, flows, net.n_nodes)
    history = naive.carry(
        list(zip(net.tail.tolist(), net.head.tolist(), strict=True)),
        (np.pi / 4.0 * net.diameter_m**2 * net.length_m).tolist(),
        flows.tolist(),
        np.maximum(out, 0.0).tolist(),
        inputs.initial.tolist(),
        {0: 1.0},
        rates=[-1e-4] * net.n_links,
        growth=0.0,
        step_s=300.0,
        duration_s=3600.0,
    )
    theirs = [history[-1][node] for node in range(net.n_nodes)]
    np.testing.assert_allclose(found.value.iloc[-1], theirs, atol=1e-9)


def test_a_full_ring_of_plugs_keeps_its_mass():
    rings = empty_rings(4)
    mass = 0.0
    for step in range(40):
        plug_kernels.push_into(rings, 0, 1.0 + step % 3, float(step % 7), 0.0)
        mass += (1.0 + step % 3) * (step % 7)
        if step % 5 == 4:
            mass -= plug_kernels.pull(rings, 0, 2.5, plug_kernels.FRONT)[1]
        if step % 9 == 8:
            mass -= plug_kernels.pull(rings, 0, 1.5, plug_kernels.BACK)[1]
        assert held(rings)[1] == pytest.approx(mass)
    assert rings.n_plugs[0] <= 4


TEXT = """
[JUNCTIONS]
 A 10 5
[RESERVOIRS]
 R 60
[TANKS]
 T 40 3 1 9 10
[PIPES]
 p R A 500 200 120
 q A T 500 200 120
[QUALITY]
 R 0.8
[REACTIONS]
 GLOBAL BULK -0.5
 GLOBAL WALL -0.2
 BULK q -1.5
 TANK T -0.1
[SOURCES]
 A FLOWPACED 0.3
[OPTIONS]
 UNITS LPS
 TOLERANCE 0.002
[TIMES]
 DURATION 2
 QUALITY TIMESTEP 0:02
"""


def test_sections_of_a_file_are_read_in_si(tmp_path):
    inputs = quality.QualityInput.of(read(TEXT, tmp_path))
    np.testing.assert_allclose(inputs.bulk_s * 86400.0, [-0.5, -1.5])
    np.testing.assert_allclose(inputs.wall_ms * 86400.0, [-0.2, -0.2])
    np.testing.assert_allclose(inputs.tank_s[2] * 86400.0, -0.1)
    assert inputs.initial.tolist() == [0.0, 0.8, 0.0]
    assert inputs.source_kind.tolist() == [kernels.FLOW_PACED, -1, -1]
    assert (inputs.tolerance, inputs.step_s) == (0.002, 120.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("BULK q -1.5", "BULK z -1.5", "pipe 'z' is not defined"),
        ("BULK q -1.5", "ORDER BULK 2", "is not modelled, only first order"),
        ("BULK q -1.5", "BULKY q 1", "'BULKY' opens no line of REACTIONS"),
        ("A FLOWPACED", "A FLOWPASED", "source 'FLOWPASED' is not known"),
        ("R 0.8", "R -0.8", "quality = -0.8 is negative"),
        ("R 0.8", "R A 0.8", "names a range of nodes"),
        ("[OPTIONS]", "[MIXING]\n T 2CMP 0.3\n[OPTIONS]", r"mixing '2CMP' is not known\n.*2COMP"),
        ("[OPTIONS]", "[MIXING]\n T 2COMP\n[OPTIONS]", "has no fraction"),
        ("[OPTIONS]", "[MIXING]\n T\n[OPTIONS]", "has no mixing model"),
    ],
)
def test_what_is_wrong_or_not_modelled_is_named(old, new, said, tmp_path):
    with pytest.raises(CityDataError, match=said):
        quality.QualityInput.of(read(TEXT.replace(old, new), tmp_path))


def test_an_order_of_reactions_that_do_not_take_place_is_no_fault(tmp_path):
    lines = TEXT[TEXT.index(" GLOBAL BULK") : TEXT.index("[SOURCES]")]
    orders = " ORDER BULK 0\n ORDER WALL 0\n ORDER TANK 2\n GLOBAL BULK 0\n"
    net = read(TEXT.replace(lines, orders), tmp_path)
    assert not quality.QualityInput.of(net).bulk_s.any()
    with pytest.raises(CityDataError, match="ORDER TANK 2 is not modelled"):
        quality.QualityInput.of(read(TEXT.replace(lines, orders + " TANK T -1\n"), tmp_path))


def test_all_that_is_wrong_with_mixing_is_told_at_once(tmp_path):
    lines = ["T 2COMP 30", "T 2COMP 0", "T 2COMP half", "X FIFO", "R LIFO", "A MIXED", "Q TWO"]
    text = TEXT.replace("[OPTIONS]", "[MIXING]\n " + "\n ".join(lines) + "\n[OPTIONS]")
    with pytest.raises(CityDataError) as caught:
        quality.QualityInput.of(read(text, tmp_path))
    said = [f"{fault.where} {fault.what}; {fault.mend}" for fault in caught.value.faults]
    for part in (
        "fraction = 30 is not above 0 and up to 1; give the share",
        "fraction = 0 is not",
        "fraction is 'half', not a number",
        "tank 'X' is not defined",
        "'R' is a reservoir; remove the line: only tanks mix",
        "'A' is a junction",
        "tank 'Q' is not defined",
        "mixing 'TWO' is not known; write Q and MIXED, 2COMP with a fraction, FIFO or LIFO",
    ):
        assert any("[MIXING]" in line and part in line for line in said), part
    first = text.splitlines().index(" T 2COMP 30") + 1
    assert said[0].startswith(f"net.inp:{first}: [MIXING] fraction")
    assert len(said) == 8


def test_mixing_is_given_by_name_in_the_place_of_the_file(tmp_path):
    text = TEXT.replace("[OPTIONS]", "[MIXING]\n T LIFO\n[OPTIONS]")
    net = read(text, tmp_path)
    of_file = quality.QualityInput.of(net)
    assert of_file.mixing[2] == mixing_kernels.LAST_IN_FIRST_OUT
    own = quality.QualityInput.of(net, {"T": "2COMP 0.25"})
    assert own.mixing[2] == mixing_kernels.TWO_COMPARTMENTS
    assert own.zone_share[2] == 0.25
    ages = [
        quality.water_age(net, mixing=mixing).value["T"].iloc[-1]
        for mixing in (None, {"T": "LIFO"}, {"T": "MIXED"})
    ]
    assert ages[0] == ages[1] != ages[2]
    said = (
        r"mixing of 'A': \[MIXING\]: 'A' is a junction(.|\n)*mixing of 'T': .*'MIXT' is not known"
    )
    with pytest.raises(CityDataError, match=said):
        quality.water_age(net, mixing={"A": "FIFO", "T": "MIXT"})


def test_a_step_of_nothing_is_refused():
    with pytest.raises(CityDataError, match="step_s: = 0 is not above 0 s"):
        quality.water_age(line(), 3600.0, step_s=0.0)


def test_the_run_of_quality_is_compiled_once():
    quality.water_age(line(), 3600.0)
    quality.chlorine(line(), 3600.0)
    assert len(kernels.run_quality_into.signatures) == 1
