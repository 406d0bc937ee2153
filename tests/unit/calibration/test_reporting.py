"""Reporting and incidence told apart by duplicates, on logs of known towns."""

import numpy as np
import pandas as pd
import pytest

from twin.calibration.records.left_out import LeftOut
from twin.calibration.records.recipe import ReportColumns, ReportsForm
from twin.calibration.records.reports import ReportRecords, read_reports
from twin.calibration.reporting import reporting
from twin.core.errors import CityDataError

RATES = {"north": 0.25, "south": 0.06, "west": 0.12, "east": 0.5}
DAYS = 10.0
SPAN = 1461.0


def made_log(seed, n=400):
    """Draw incidents of ten days each; what is on record are those with a report."""
    generator = np.random.default_rng(seed)
    district, further, days, true = [], [], [], {}
    for name, rate in RATES.items():
        true[name] = n
        first = generator.exponential(1.0 / rate, n)
        on_record = first < DAYS
        # an incident stays open as long again from its first report
        district += [name] * int(on_record.sum())
        further += generator.poisson(rate * DAYS, int(on_record.sum())).tolist()
        days += [DAYS] * int(on_record.sum())
    return ReportRecords(
        np.array(district, dtype=object),
        np.full(len(district), "", dtype=object),
        np.array(further, dtype=np.int32),
        np.array(days),
        SPAN,
    ), true


def test_rates_and_true_incidence_by_district_are_found_again():
    inside = []
    for seed in range(10):
        log, true = made_log(seed)
        rows = {one.district: one for one in reporting(log) if one.district != "all"}
        for name, rate in RATES.items():
            one = rows[name]
            inside.append(one.per_day_low <= rate <= one.per_day_high)
            inside.append(one.true_low <= true[name] * 365.25 / SPAN <= one.true_high)
            assert one.reported_share == pytest.approx(1 - np.exp(-rate * DAYS), abs=0.12)
    assert np.mean(inside) >= 0.8


def test_a_group_without_a_duplicate_is_drawn_to_the_others():
    log, _ = made_log(1)
    few = ReportRecords(
        np.append(log.district, "new"),
        np.append(log.kind, ""),
        np.append(log.further, 0).astype(np.int32),
        np.append(log.days, DAYS),
        SPAN,
    )
    one = next(row for row in reporting(few) if row.district == "new")
    assert (one.incidents, one.reports) == (1, 1)
    assert 0.0 < one.per_day_low < one.per_day < one.per_day_high < 1.0


def test_groups_are_all_districts_kinds_and_both():
    log, _ = made_log(2, n=30)
    kinds = np.array(["leak", "cold"] * len(log), dtype=object)[: len(log)]
    log = ReportRecords(log.district, kinds, log.further, log.days, log.span_days)
    names = {(one.district, one.kind) for one in reporting(log)}
    assert len(names) == 1 + 4 + 2 + 8


FORM = ReportsForm(
    file="log.csv",
    columns=ReportColumns(date="D", incident="NR", district="A", kind="K", closed="C"),
    last_day="2024-12-31",
)


def test_reports_of_one_incident_are_counted_until_it_is_closed(tmp_path):
    rows = [
        ("2024-05-01", "7", "n", "leak", "2024-05-04"),
        ("2024-05-02", "7", "n", "leak", ""),
        ("2024-05-09", "7", "n", "leak", ""),
        ("2024-06-01", "8", "s", "leak", "2024-05-01"),
        ("2025-06-01", "9", "s", "leak", ""),
        ("maybe", "9", "s", "leak", ""),
        ("", "9", "s", "leak", ""),
        ("2024-06-02", "", "s", "leak", ""),
        ("2024-06-03", "11", "s", "leak", "later"),
    ]
    pd.DataFrame(rows, columns=["D", "NR", "A", "K", "C"]).to_csv(tmp_path / "log.csv", index=False)
    left_out = LeftOut()
    log = read_reports(tmp_path, FORM, left_out)
    assert len(log) == 3
    by_district = dict(zip(log.further, log.days, strict=True))
    assert by_district[1] == 4.0  # one more report, until the fourth of May ends
    assert by_district[0] == 30.0
    found = [(one.line, one.reason.code) for one in left_out.entries]
    assert found == [
        (7, "R-DATE"),
        (8, "R-DATE"),
        (6, "R-PERIOD"),
        (9, "R-INCIDENT"),
        (5, "R-ORDER"),
        (10, "R-ORDER"),
    ]


def test_a_log_without_a_usable_report_is_refused(tmp_path):
    pd.DataFrame([("x", 1, "", "", "")], columns=["D", "NR", "A", "K", "C"]).to_csv(
        tmp_path / "log.csv", index=False
    )
    with pytest.raises(CityDataError, match="has no report that can be used"):
        read_reports(tmp_path, FORM, LeftOut())
