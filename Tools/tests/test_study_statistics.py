"""Statistics of studies against formulas and functions that others wrote, and on tables with a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sparkwatch_tools.study import bootstrap
from sparkwatch_tools.study.mixed import compare_rates, compare_values, hedges_g
from sparkwatch_tools.study.rates import poisson_interval
from sparkwatch_tools.study.simulated import simulated_tables
from sparkwatch_tools.study.statistics import compare, holm, summarise

PAIR = ("control", "drug")


@pytest.mark.parametrize("events, low, high", [(0, 0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39), (50, 37.11, 65.92)])
def test_poisson_intervals_are_those_of_the_tables(events, low, high):
    """Garwood 1936, as tabulated in textbooks for a Poisson count."""
    assert poisson_interval(events, 1) == pytest.approx((low, high), rel=1e-3)
    assert poisson_interval(events, 4) == pytest.approx((low / 4, high / 4), rel=1e-3)


def balanced(seed, animals=4, cells=3, events=6, shift=0.3):
    random = np.random.default_rng(seed)
    rows = [
        {
            "condition": condition,
            "animal": f"{condition}{animal}",
            "cell": str(cell),
            "x": float(np.exp(level + cell_level + random.normal(0, 0.2))),
        }
        for place, condition in enumerate(PAIR)
        for animal in range(animals)
        for level in [random.normal(place * shift, 0.3)]
        for cell in range(cells)
        for cell_level in [random.normal(0, 0.2)]
        for _ in range(events)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(4))
def test_a_balanced_mixed_model_is_the_t_test_of_animals(seed):
    """Where every animal has as many cells and every cell as many events, the model has to say what their means say."""
    table = balanced(seed)
    found = compare_values(table, "x", PAIR)
    animals = np.log(table.set_index(["condition", "animal"])["x"]).groupby(level=[0, 1]).mean()
    expected = stats.ttest_ind(animals["drug"], animals["control"])
    interval = expected.confidence_interval()
    assert found.ratio and found.degrees_of_freedom == 6
    assert found.estimate == pytest.approx(np.exp(animals["drug"].mean() - animals["control"].mean()), rel=1e-4)
    assert found.p == pytest.approx(expected.pvalue, rel=2e-2)
    assert (found.low, found.high) == pytest.approx((np.exp(interval.low), np.exp(interval.high)), rel=2e-2)


def test_a_balanced_paired_model_is_the_paired_t_test():
    random = np.random.default_rng(3)
    rows = [
        {
            "condition": condition,
            "animal": str(animal),
            "cell": str(cell),
            "x": float(np.exp(level + response + random.normal(0, 0.1))),
        }
        for animal in range(5)
        for level in [random.normal(0, 0.6)]
        for place, condition in enumerate(PAIR)
        for response in [place * random.normal(0.2, 0.2)]
        for cell in range(4)
        for _ in range(5)
    ]
    table = pd.DataFrame(rows)
    found = compare_values(table, "x", PAIR)
    animals = np.log(table.set_index(["condition", "animal"])["x"]).groupby(level=[0, 1]).mean()
    expected = stats.ttest_rel(animals["drug"], animals["control"])
    assert found.degrees_of_freedom == 4
    assert found.p == pytest.approx(expected.pvalue, rel=5e-2)


def test_rates_by_the_formula_for_two_groups():
    """Quasi-Poisson with one factor: pooled rates, error sqrt(scale (1 / N1 + 1 / N2)), scale from Pearson's chi2."""
    cells = simulated_tables(1, rate_ratio=1.5)["cells"]
    found = compare_rates(cells, "spark_events", PAIR)
    animals = cells.groupby(["condition", "animal"])[["spark_events", "exposure_100um2_s"]].sum()
    counts = {condition: animals.loc[condition, "spark_events"] for condition in PAIR}
    exposures = {condition: animals.loc[condition, "exposure_100um2_s"] for condition in PAIR}
    rates = {condition: counts[condition].sum() / exposures[condition].sum() for condition in PAIR}
    pearson = sum(((counts[c] - rates[c] * exposures[c]) ** 2 / (rates[c] * exposures[c])).sum() for c in PAIR)
    error = np.sqrt(pearson / 6 * sum(1 / counts[c].sum() for c in PAIR))
    log_ratio = np.log(rates["drug"] / rates["control"])
    assert found.estimate == pytest.approx(np.exp(log_ratio))
    assert found.high == pytest.approx(np.exp(log_ratio + stats.t.ppf(0.975, 6) * error))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(log_ratio) / error, 6))


def test_too_few_animals_are_said():
    table = balanced(0)
    alone = table[(table["condition"] == "drug") | (table["animal"] == "control0")]
    found = compare_values(alone, "x", PAIR)
    assert np.isnan(found.p) and found.reason == "1 animals under control, at least 2 are needed"


def test_resampling_knows_the_animals():
    """Its p is about that of the animals' t test, and it does not depend on the order of rows."""
    table = balanced(5, events=40, shift=0.6).assign(y=lambda t: np.log(t["x"]))
    found = bootstrap.of_values(table, "y", PAIR, seed=1)
    assert found == bootstrap.of_values(table.sample(frac=1, random_state=0), "y", PAIR, seed=1)
    animals = table.groupby(["condition", "animal"])["y"].mean()
    expected = stats.ttest_ind(animals["drug"], animals["control"])
    assert found.p == pytest.approx(expected.pvalue, abs=0.06)
    assert found.low < animals["drug"].mean() - animals["control"].mean() < found.high
    paired = table.assign(animal=table["animal"].str[-1])
    assert np.isnan(bootstrap.of_values(paired, "y", PAIR, seed=1).p)


def test_holm_is_that_of_statsmodels():
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
    finite = np.isfinite(p)
    assert holm(p)[finite] == pytest.approx(multipletests(p[finite], method="holm")[1])
    assert np.isnan(holm(p)[2])


def test_hedges_g_of_known_means():
    table = pd.DataFrame(
        [
            {"condition": condition, "animal": f"{condition}{index}", "cell": "1", "x": value}
            for condition, values in (("control", [-1.0, 0, 1]), ("drug", [1.0, 2, 3]))
            for index, value in enumerate(values)
        ]
    )
    assert hedges_g(table, "x", PAIR) == pytest.approx(2 * (1 - 3 / 15))


def test_planted_differences_lie_in_the_intervals():
    """Of twenty intervals of 95 % one fails on average; four or more do so once in sixty tries, and these seeds are fixed."""
    sizes = rates = 0
    for seed in range(20):
        tables = simulated_tables(seed, cells=3, size_ratio=1.2, rate_ratio=1.5, events_per_cell=10)
        size, rate = compare_values(tables["events"], "fdhm_ms", PAIR), compare_rates(tables["cells"], "spark_events", PAIR)
        sizes += size.low < 1.2 < size.high
        rates += rate.low < 1.5 < rate.high
    assert sizes >= 17 and rates >= 17


def test_events_taken_as_independent_find_what_is_not_there():
    naive = nested = 0
    for seed in range(8):
        events = simulated_tables(seed, events_per_cell=20)["events"]
        logarithm = np.log(events["fdhm_ms"])
        control = events["condition"] == "control"
        naive += stats.ttest_ind(logarithm[control], logarithm[~control]).pvalue < 0.05
        nested += compare_values(events, "fdhm_ms", PAIR).p < 0.05
    assert naive >= 3 and nested <= 1


def test_tables_of_a_study_have_every_comparison_once():
    tables = simulated_tables(2, rate_ratio=1.5)
    tables["cells"] = tables["cells"].assign(spark_per_100um2_per_s=1.0, puff_events=0, wave_events=0)
    tables["animals"] = tables["cells"].groupby(["condition", "animal"], as_index=False).first()
    found = compare(tables, ["control", "drug"])
    assert list(found["quantity"]) == ["per_100um2_per_s", "fdhm_ms"]
    assert (found["p_holm"] >= found["p"]).all()
    summary = summarise(tables, ["control", "drug"])
    sparks = summary[(summary["quantity"] == "per_100um2_per_s") & (summary["event_type"] == "spark")]
    assert list(sparks["events"]) == [int((tables["events"]["condition"] == c).sum()) for c in PAIR]


def test_animals_with_one_cell_and_equal_means_are_still_compared():
    """Where animals do not differ beyond their events, or have one cell each, an interval is finite all the same."""
    for cells in (1, 2):
        random = np.random.default_rng(cells)
        rows = [
            {
                "condition": condition,
                "animal": f"{condition}{animal}",
                "cell": str(cell),
                "x": float(np.exp(random.normal(0, 0.3))),
            }
            for condition in PAIR
            for animal in range(3)
            for cell in range(cells)
            for _ in range(8)
        ]
        found = compare_values(pd.DataFrame(rows), "x", PAIR)
        assert found.reason == "" and 0.3 < found.low < 1 < found.high < 3
