"""A year of births, deaths and homes, and a month of talk, one person after another."""

import math

from tests.naive.philox import MASK, philox4x32
from twin.core.streams import Stream


def uniform(seed, stream, entity, step, draw=0):
    """Return the keyed draw of an entity."""
    word = philox4x32((int(entity), draw, step, int(stream)), (seed & MASK, seed >> 32))[0]
    return (word + 0.5) / 2**32


def dies(person, life, seed, year):
    """Return whether a person (id, age, female) dies in a year."""
    person_id, age, female = person
    if age == 0:
        rate = -math.log(1.0 - life.infant_deaths)
    elif female:
        grown = math.exp(life.death_growth_women * (age + 0.5 - 60.0))
        rate = life.accident_deaths_women + life.deaths_at_60_women * grown
    else:
        grown = math.exp(life.death_growth_men * (age + 0.5 - 60.0))
        rate = life.accident_deaths_men + life.deaths_at_60_men * grown
    return uniform(seed, Stream.DEATH, person_id, year) < 1.0 - math.exp(-rate)


def bears(person, life, ratio, seed, year):
    """Return whether a person (id, age after the birthday, female) bears a child in a year."""
    person_id, age, female = person
    bands = {15: 19, 20: 24, 25: 29, 30: 34, 35: 39, 40: 44, 45: 49}
    for low, high in bands.items():
        if female and low <= age <= high:
            rate = getattr(life, f"births_{low}_{high}") / 1000.0 * ratio
            return uniform(seed, Stream.BIRTH, person_id, year) < 1.0 - math.exp(-rate)
    return False


def settle(order, candidate, utility, own_utility, own_building, free):
    """Return where each household goes, -1 where it stays or finds nothing, and what is free."""
    free, chosen = list(free), [-1] * len(order)
    for i in order:
        open_ones = [
            (value, -k, b)
            for k, (value, b) in enumerate(zip(utility[i], candidate[i], strict=True))
            if free[b] > 0 and value > own_utility[i] and b != own_building[i]
        ]
        if open_ones:
            chosen[i] = max(open_ones)[2]
        elif own_building[i] < 0 and any(count > 0 for count in free):
            after = [(candidate[i][0] + step) % len(free) for step in range(len(free))]
            chosen[i] = next(b for b in after if free[b] > 0)
        if chosen[i] >= 0:
            free[chosen[i]] -= 1
            if own_building[i] >= 0:
                free[own_building[i]] += 1
    return chosen, free


def talk(opinion, ties, strength, bound):
    """Return opinions after a month of talk; `ties` are lists of rows."""
    heard = []
    for i, mine in enumerate(opinion):
        change = 0.0
        for j in ties[i]:
            if abs(opinion[j] - mine) <= bound:
                change += (opinion[j] - mine) / max(len(ties[i]), len(ties[j]))
        heard.append(mine + strength * change)
    return heard


def ring(members, half):
    """Return the ties of a ring as pairs (person, neighbour)."""
    n, pairs = len(members), []
    for place, person in enumerate(members):
        others = {(place + step) % n for step in range(-half, half + 1)} - {place}
        pairs += [(person, members[other]) for other in others]
    return sorted(pairs)
