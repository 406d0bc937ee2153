"""The loops of a citizens' day.

Rows are worked in tiles of 1,024 that stay in the first-level cache, each step of the rule a short
loop over few arrays, which the compiler turns into vector code (one long loop with the generator
inside is about three times slower). Tiles lie in 64 fixed blocks that end where a building ends,
so no two blocks write to one building's count and sums never depend on the number of threads.

A problem is a network's; there are as many as the severities have rows. Problem k is drawn by word
w % 3 of counter (person, w // 3, day, stream) with w = 2, 0, 1, 3, 4, ..., so a network that comes
last changes no other draw. (The first three, like the product of what is felt, keep the order
water, heat, street that draws had before networks had one order.)
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from twin.kernels.jit import inline_kernel, kernel, parallel_kernel
from twin.kernels.rng import philox4x32_inline

TILE = 1024
BLOCKS = 64
CHANNELS = 3
_PER_DRAW = 3  # problems that share one call of the generator; its fourth word is the channel's
_WORDS = 4
_CHANNEL_WORD = 3 * TILE
_TO_UNIT = np.float32(1.0 / 4294967296.0)
_TO_UNIT_64 = 1.0 / 4294967296.0
_SAFE = np.float32(1.00001)
_ZERO = np.float32(0.0)
_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MOST = 65535

COUNT_AFFECTED = 0
COUNT_REPORTERS = 1
COUNT_CHANNEL = 2
COUNTS = COUNT_CHANNEL + CHANNELS
SUM_TRUST = 0
SUM_SATISFACTION = 1
SUMS = 2


class CitizenArrays(NamedTuple):
    """Columns a day reads and writes, each of shape (n_citizens,)."""

    person_id: np.ndarray  # int32
    building: np.ndarray  # int32
    digital_access: np.ndarray  # uint8
    voice_hazard: np.ndarray  # float32
    disposition: np.ndarray  # float32
    trust: np.ndarray  # float32
    satisfaction: np.ndarray  # float32
    expectation: np.ndarray  # float32
    fatigue: np.ndarray  # float32
    last_report_day: np.ndarray  # int32
    awaiting: np.ndarray  # uint8, bit k while a report of problem k waits for an answer
    affected_days: np.ndarray  # uint16
    outage_days: np.ndarray  # uint16
    reports_made: np.ndarray  # uint16


class DayRules(NamedTuple):
    """Parameters of a day in the form the loops use; scalars are float32 unless typed otherwise."""

    notice: np.float32
    outage: np.float32
    weights: np.ndarray  # (n_problems,) share of service lost at severity 1
    counts_as_outage: np.ndarray  # (n_problems,) uint8: 1 where a day without it is an outage
    feedback: np.float32  # factor on reporting
    trust_effect: np.float32
    fatigue_keep: np.float32
    fatigue_step: np.float32
    patience_days: np.int32
    answer_gain: np.float32
    ignored_loss: np.float32
    performance: np.float32
    disconfirmation: np.float32
    expectation: np.float32
    satisfaction_rate: np.float32
    expectation_rate: np.float32
    trust_up: np.float32
    trust_down: np.float32
    channel_cdf: np.ndarray  # (2, CHANNELS) float64: without and with digital access


class DayKey(NamedTuple):
    """The key of a day's draws: counter (person, block, day, stream), key = seed."""

    seed: np.uint64
    stream: np.uint32
    day: np.uint32


class Felt(NamedTuple):
    """What is felt in the buildings."""

    fields: np.ndarray  # (n_buildings * (n_problems + 1),) float32: severities, the service felt
    troubled: np.ndarray  # (n_buildings + 1,) int32: buildings with a problem before each row
    answered: np.ndarray  # (n_buildings + 1,) int32: buildings answered before each row
    answers: np.ndarray  # (n_buildings,) uint8, bit k where a report of problem k was answered


@kernel
def feel(severity, answered, rules):
    """Return what is felt: severities too small to notice are 0, service is prod_k (1 - w_k s_k).

    Running counts let a tile of calm or unanswered buildings pass without a look at each.
    """
    n_problems, n = severity.shape
    n_fields = n_problems + 1
    felt = Felt(
        np.empty(n * n_fields, dtype=np.float32),
        np.empty(n + 1, dtype=np.int32),
        np.empty(n + 1, dtype=np.int32),
        answered,
    )
    felt.troubled[0] = 0
    felt.answered[0] = 0
    for b in range(n):
        service = _ONE
        total = _ZERO
        for place in range(1, n_fields):
            k = place % n_problems
            s = severity[k, b] if severity[k, b] >= rules.notice else _ZERO
            felt.fields[b * n_fields + k] = s
            service *= _ONE - rules.weights[k] * s
            total += s
        felt.fields[b * n_fields + n_problems] = service
        felt.troubled[b + 1] = felt.troubled[b] + np.int32(total > _ZERO)
        felt.answered[b + 1] = felt.answered[b] + np.int32(answered[b] != 0)
    return felt


@kernel
def _gather_into(building, fields, n_fields, out_tile):
    """Copy each resident's building into the tile, field by field, TILE apart."""
    width = np.uint32(n_fields)
    for k in range(n_fields):
        field = np.uint32(k)
        row = k * TILE
        for j in range(building.size):
            out_tile[row + j] = fields[np.uint32(building[j]) * width + field]


@kernel
def _count_into(tile, rules, out_affected_days, out_outage_days, work):
    """Add a day to the affected and to those without a service; return how many are affected."""
    n_affected = 0
    n = out_affected_days.size
    for j in range(n):
        work[j] = 0
    for k in range(rules.weights.size):
        row = k * TILE
        for j in range(n):
            work[j] |= np.uint32(tile[row + j] > _ZERO)
        if rules.counts_as_outage[k] == 0:
            continue
        for j in range(n):
            work[j] |= np.uint32(2) * np.uint32(tile[row + j] >= rules.outage)
    for j in range(n):
        hit = work[j] & np.uint32(1)
        out_affected_days[j] += np.uint16(hit)
        n_affected += np.int32(hit)
    for j in range(out_outage_days.size):
        out_outage_days[j] += np.uint16(work[j] >> np.uint32(1))
    return n_affected


@kernel
def _draws_into(person_id, key, n_blocks, out_draws):
    """Draw uint32 per person, TILE apart: three problems and a channel, three problems more, ..."""
    k0 = np.uint32(key.seed & _LOW)
    k1 = np.uint32(key.seed >> _SHIFT)
    for block in range(n_blocks):
        row = block * _WORDS * TILE
        for j in range(person_id.size):
            x0, x1, x2, x3 = philox4x32_inline(
                np.uint32(person_id[j]), np.uint32(block), key.day, key.stream, k0, k1
            )
            out_draws[row + j] = x0
            out_draws[row + j + TILE] = x1
            out_draws[row + j + 2 * TILE] = x2
            out_draws[row + j + 3 * TILE] = x3


@inline_kernel
def _draw_row(k):
    """Return where the draws of problem k start."""
    w = (k + 2) % _PER_DRAW if k < _PER_DRAW else k
    return (w + w // _PER_DRAW) * TILE


@kernel
def _hazards_into(voice_hazard, trust, fatigue, rules, out_hazard):
    """Hazard of a report per unit of severity: base, times feedback, trust and weariness."""
    for j in range(trust.size):
        willing = _ONE + rules.trust_effect * (trust[j] - _HALF)
        out_hazard[j] = voice_hazard[j] * rules.feedback * willing * (_ONE - fatigue[j])


@kernel
def _candidates_into(tile, draws, hazard, n_problems, n, out_flag, out_list):
    """List who may report; return how many.

    As 1 - exp(-h) <= h, a draw above h cannot be a report. That saves an exponential for nearly
    everybody; `_reports_of` decides exactly.
    """
    for j in range(n):
        out_flag[j] = 0
    for k in range(n_problems):
        row, drawn = k * TILE, _draw_row(k)
        for j in range(n):
            h = hazard[j] * _SAFE
            likely = np.float32(draws[drawn + j]) * _TO_UNIT < h * tile[row + j]
            out_flag[j] |= np.uint32(likely)
    found = 0
    for j in range(n):  # no branch: one in twenty is the worst case for the predictor
        out_list[found] = j
        found += np.int64(out_flag[j])
    return found


@kernel
def _judge_into(service, disposition, rules, out_expectation, out_satisfaction):
    """Move satisfaction and expectation by a day (expectancy-disconfirmation)."""
    for j in range(disposition.size):
        p = service[j]
        e = out_expectation[j]
        target = rules.performance * p + rules.disconfirmation * (p - e) + rules.expectation * e
        target += disposition[j]
        target = max(_ZERO, target)
        target = min(_ONE, target)
        out_satisfaction[j] += rules.satisfaction_rate * (target - out_satisfaction[j])
        out_expectation[j] = e + rules.expectation_rate * (p - e)


@kernel
def _trust_into(satisfaction, rules, out_trust, out_fatigue):
    """Move trust towards satisfaction, faster down than up, and let weariness fade."""
    for j in range(satisfaction.size):
        gap = satisfaction[j] - out_trust[j]
        rate = rules.trust_up if gap > _ZERO else rules.trust_down
        out_trust[j] += rate * gap
    for j in range(satisfaction.size):
        out_fatigue[j] *= rules.fatigue_keep


@kernel
def _reports_of(tile, draws, hazard, j, building, awaiting, out_reports):
    """Decide one person's reports by P = 1 - exp(-h), h = hazard severity; return their bits.

    h - h^2 / 2 <= P <= h, so the exponential is needed only for a draw between the two. Whoever
    waits for an answer about a problem does not report it again.
    """
    made = np.uint32(0)
    for k in range(out_reports.shape[0]):
        bit = np.uint32(1) << np.uint32(k)
        if awaiting & bit:
            continue
        u = (draws[_draw_row(k) + j] + 0.5) * _TO_UNIT_64
        h = np.float64(hazard[j]) * np.float64(tile[j + k * TILE])
        if u < h - 0.5 * h * h or (u < h and u < -math.expm1(-h)):
            out_reports[k, building] += 1
            made |= bit
    return made


@kernel
def _settle_into(building, answers, last_report_day, rules, day, out_awaiting, work):
    """End the waits that are answered (work = 1) or out of patience (work = 2), else 0.

    An answer ends the wait of those who reported that problem, and no other. `building` is empty
    where no building of the tile was answered.
    """
    n = last_report_day.size
    for j in range(n):
        work[j] = 0
    for j in range(building.size):
        work[j] = np.uint32(answers[np.uint32(building[j])])
    for j in range(n):
        waits = np.uint32(out_awaiting[j])
        heard = work[j] & waits
        late = (day - last_report_day[j] >= rules.patience_days) & (waits != 0)
        late = late & (heard == 0)
        verdict = np.uint32(1) if heard != 0 else (np.uint32(2) if late else np.uint32(0))
        left = waits & ~work[j]
        out_awaiting[j] = np.uint8(0) if late else np.uint8(left)
        work[j] = verdict


@kernel
def _answer_into(verdict, rules, out_trust, out_fatigue):
    """Let an answer lift trust and halve weariness, and silence cost trust."""
    for j in range(out_trust.size):
        gain = rules.answer_gain * (_ONE - out_trust[j])
        loss = rules.ignored_loss * out_trust[j]
        step = gain if verdict[j] == 1 else -loss
        out_trust[j] += step if verdict[j] != 0 else _ZERO
    for j in range(out_trust.size):
        out_fatigue[j] *= _HALF if verdict[j] == 1 else _ONE


@kernel
def _speak(people, row, tile, draws, hazard, candidates, rules, day, out_reports, out_counts):
    """Go through those who may report, one by one."""
    for c in range(candidates.size):
        j = np.int64(candidates[c])
        i = row + j
        waits = np.uint32(people.awaiting[i])
        bits = _reports_of(tile, draws, hazard, j, people.building[i], waits, out_reports)
        if bits == 0:
            continue
        made = 0
        for k in range(out_reports.shape[0]):
            made += np.int64((bits >> np.uint32(k)) & np.uint32(1))
        digital = np.int64(people.digital_access[i])
        u = (draws[j + _CHANNEL_WORD] + 0.5) * _TO_UNIT_64
        channel = 0
        while u >= rules.channel_cdf[digital, channel]:
            channel += 1
        out_counts[COUNT_REPORTERS] += 1
        out_counts[COUNT_CHANNEL + channel] += made
        people.fatigue[i] += rules.fatigue_step * (_ONE - people.fatigue[i])
        people.last_report_day[i] = day
        people.awaiting[i] = np.uint8(waits | bits)
        people.reports_made[i] = min(people.reports_made[i] + made, _MOST)


@kernel
def _waiting(awaiting):
    """Return how many wait for an answer."""
    n = np.int32(0)
    for j in range(awaiting.size):
        n += np.int32(awaiting[j] != 0)
    return n


@kernel
def _sum_tile(values, work):
    """Return the sum in float64 by halving, which has one order and still runs as vector code."""
    n = values.size
    for j in range(n):
        work[j] = values[j]
    for j in range(n, TILE):
        work[j] = 0.0
    half = TILE // 2
    while half > 0:
        for j in range(half):
            work[j] += work[j + half]
        half //= 2
    return work[0]


@kernel
def _block(people, felt, rules, key, low, high, out_reports, out_sums, out_counts):
    """Step rows low..high-1 by a day."""
    n_problems = rules.weights.size
    n_fields = n_problems + 1
    n_blocks = (n_problems + _PER_DRAW - 1) // _PER_DRAW
    service_row = n_problems * TILE
    tile = np.empty(n_fields * TILE, dtype=np.float32)
    draws = np.empty(n_blocks * _WORDS * TILE, dtype=np.uint32)
    hazard = np.empty(TILE, dtype=np.float32)
    marks = np.empty(TILE, dtype=np.uint32)
    candidates = np.empty(TILE, dtype=np.int32)
    work = np.empty(TILE)
    day = np.int32(key.day)
    for row in range(low, high, TILE):
        end = min(row + TILE, high)
        n = end - row
        building = people.building[row:end]
        trust = people.trust[row:end]
        fatigue = people.fatigue[row:end]
        satisfaction = people.satisfaction[row:end]
        # A calm tile has no rows to hear. Empty loops and not a branch: under a branch the same
        # calls were seen to lose their vector code (four times slower).
        troubled = felt.troubled[building[n - 1] + 1] > felt.troubled[building[0]]
        stop = end if troubled else row
        _gather_into(people.building[row:stop], felt.fields, n_fields, tile)
        out_counts[COUNT_AFFECTED] += _count_into(
            tile, rules, people.affected_days[row:stop], people.outage_days[row:stop], marks
        )
        _draws_into(people.person_id[row:stop], key, n_blocks, draws)
        _hazards_into(
            people.voice_hazard[row:stop],
            people.trust[row:stop],
            people.fatigue[row:stop],
            rules,
            hazard,
        )
        found = _candidates_into(tile, draws, hazard, n_problems, stop - row, marks, candidates)
        service = tile[service_row : service_row + n]
        if not troubled:
            service[:] = _ONE
        _judge_into(
            service, people.disposition[row:end], rules, people.expectation[row:end], satisfaction
        )
        _trust_into(satisfaction, rules, trust, fatigue)
        stop = end if _waiting(people.awaiting[row:end]) > 0 else row
        heard = felt.answered[building[n - 1] + 1] > felt.answered[building[0]]
        _settle_into(
            people.building[row : (stop if heard else row)],
            felt.answers,
            people.last_report_day[row:stop],
            rules,
            day,
            people.awaiting[row:stop],
            marks,
        )
        _answer_into(marks, rules, people.trust[row:stop], people.fatigue[row:stop])
        maybe = candidates[:found]
        _speak(people, row, tile, draws, hazard, maybe, rules, day, out_reports, out_counts)
        out_sums[SUM_TRUST] += _sum_tile(trust, work)
        out_sums[SUM_SATISFACTION] += _sum_tile(satisfaction, work)


@kernel
def step_serial_into(people, felt, rules, key, block_start, out_reports, out_sums, out_counts):
    """Step all citizens by a day on one thread.

    Parameters
    ----------
    people, felt, rules, key
        See the tuples above; columns of `people` are moved on in place, `felt` is from `feel`.
    block_start
        First row of each block, shape (BLOCKS + 1,), always the first row of a building.
    out_reports, out_sums, out_counts
        Shapes (n_problems, n_buildings) int32, (BLOCKS, SUMS) and (BLOCKS, COUNTS); added to.
    """
    for b in range(block_start.size - 1):
        _block(
            people,
            felt,
            rules,
            key,
            block_start[b],
            block_start[b + 1],
            out_reports,
            out_sums[b],
            out_counts[b],
        )


@parallel_kernel
def step_parallel_into(people, felt, rules, key, block_start, out_reports, out_sums, out_counts):
    """Do what `step_serial_into` does, with the blocks spread over threads: the same bits."""
    for b in numba.prange(block_start.size - 1):
        _block(
            people,
            felt,
            rules,
            key,
            block_start[b],
            block_start[b + 1],
            out_reports,
            out_sums[b],
            out_counts[b],
        )


@kernel
def mean_report(weights, scale):
    """Return mean_i (1 - exp(-scale w_i)) and its derivative by scale."""
    mean = 0.0
    slope = 0.0
    for i in range(weights.size):
        silent = math.exp(-scale * weights[i])
        mean += 1.0 - silent
        slope += weights[i] * silent
    return mean / weights.size, slope / weights.size
