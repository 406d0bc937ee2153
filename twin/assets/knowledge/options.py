"""What can be done with each asset: cost and effect of every option, as a view for policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from twin.assets.cost import outage_weight, repair_hours
from twin.assets.knowledge.law import Entries, expected
from twin.city.networks import STREET
from twin.city.view import AssetView
from twin.city.work_options import WorkOption

if TYPE_CHECKING:
    from twin.assets.knowledge.inspect import Inspections
    from twin.assets.knowledge.numbers import KnowledgeNumbers
    from twin.assets.knowledge.recorded import RecordedRegister
    from twin.assets.knowledge.redundancy import Redundancy
    from twin.assets.register import Assets
    from twin.core.arrays import Float64, Int32


class Known(Protocol):
    """What the view is made of: the parts of `twin.assets.knowledge.Knowledge`."""

    assets: Assets
    numbers: KnowledgeNumbers
    register: RecordedRegister
    inspections: Inspections
    redundancy: Redundancy
    works_factor: Float64
    modern_class: Int32
    recorded_years: Float64
    breaks: Int32


@final
@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Entries of assets and their factors on the law, true or estimated; shape (n_assets,) each."""

    entries: Entries
    factor: Float64
    deviation: Float64
    """Standard deviation of the factor."""
    new_factor: Float64
    """Factor of a main laid new."""


def asset_view(knowledge: Known, rates: Rates, lot: Float64) -> AssetView:
    """Return a view of all assets with given rates."""
    assets, register = knowledge.assets, knowledge.register
    works = knowledge.numbers.works
    in_service = ~assets.is_absent
    next_year = expected(assets, rates.entries, 0.0, 1.0) * in_service
    people = knowledge.redundancy.people_served
    per_person_kzt = _outage_kzt_per_person(knowledge)
    failures = _failures_by_option(knowledge, rates)
    cost_kzt = _cost_by_option(knowledge)
    elsewhere_kzt = np.zeros_like(cost_kzt)
    price = {WorkOption.LOOP: 1.0, WorkOption.DECOMMISSION: works.decommission_price_share}
    for option, row, spared_people in knowledge.redundancy.choices(failures[WorkOption.REPAIR]):
        cost_kzt[option, row] = price[option] * assets.renewal_cost_kzt[row]
        weight = failures[WorkOption.REPAIR] * per_person_kzt
        elsewhere_kzt[option, row] = float(weight @ spared_people)
    return AssetView(
        network=assets.arrays.network,
        length_m=assets.arrays.length_m,
        age_years=rates.entries.age_years - assets.arrays.load_years,
        year_is_recorded=register.year_is_recorded.copy(),
        material_is_recorded=register.material_is_recorded.copy(),
        wear_book=assets.arrays.wear_book.copy(),
        failures_so_far=knowledge.breaks.copy(),
        recorded_years=knowledge.recorded_years.copy(),
        found_poor=knowledge.inspections.found_poor.copy(),
        failures_per_year=next_year * rates.factor,
        failures_deviation=next_year * rates.deviation,
        repair_cost_kzt=assets.repair_cost_kzt.copy(),
        renewal_cost_kzt=cost_kzt[WorkOption.REPLACE].copy(),
        people_served=people.copy(),
        harm_kzt=assets.repair_cost_kzt + people * per_person_kzt,
        option_cost_kzt=cost_kzt,
        option_failures_per_year=failures,
        option_elsewhere_kzt=elsewhere_kzt,
        lot=lot,
    )


def _outage_kzt_per_person(knowledge: Known) -> Float64:
    """Return the harm of one failure to each resident without supply, shape (n_assets,)."""
    assets, works = knowledge.assets, knowledge.numbers.works
    network = assets.arrays.network
    hours = repair_hours(assets.networks, network, assets.diameter_m)
    weight = outage_weight(assets.networks, network)
    kzt: Float64 = hours * weight * works.person_hour_kzt
    return kzt


def _failures_by_option(knowledge: Known, rates: Rates) -> Float64:
    """Return failures a year by option, mean over the years of a plan, shape (n_options, n)."""
    assets, works = knowledge.assets, knowledge.numbers.works
    years = float(works.plan_years)
    failures = np.zeros((len(WorkOption), len(assets)))
    as_it_is = expected(assets, rates.entries, 0.0, years) / years * rates.factor
    as_it_is[assets.is_absent] = 0.0
    year = assets.laid_year + assets.arrays.age_years
    new = Entries(knowledge.modern_class, np.zeros(len(assets)), year)
    failures[WorkOption.REPAIR] = as_it_is
    failures[WorkOption.LINE] = as_it_is * works.lining_failures_share
    failures[WorkOption.REPLACE] = expected(assets, new, 0.0, years) / years * rates.new_factor
    failures[WorkOption.LOOP] = failures[WorkOption.REPLACE]
    return failures


def _cost_by_option(knowledge: Known) -> Float64:
    """Return costs by option, shape (n_options, n); infinite where it cannot be done.

    Only some links and mains to decommission can be chosen; `asset_view` prices them.
    """
    assets, works = knowledge.assets, knowledge.numbers.works
    price = assets.renewal_cost_kzt
    cost = np.full((len(WorkOption), len(assets)), np.inf)
    cost[WorkOption.REPAIR] = 0.0
    cost[WorkOption.REPLACE] = np.where(assets.is_absent, np.inf, price)
    wide = np.nan_to_num(assets.diameter_m) >= works.least_lined_m
    not_lined = knowledge.works_factor == 1.0
    can_line = wide & not_lined & ~assets.is_absent & (assets.arrays.network != STREET.code)
    cost[WorkOption.LINE] = np.where(can_line, works.lining_price_share * price, np.inf)
    return cost
