"""How often tests find a difference in studies that have none, and how often intervals hold a difference that is there.

python Benchmarks/study/null_studies.py             # 200 null studies of simulated tables, 200 with planted differences
"""

import argparse
import sys

import numpy as np
import pandas as pd
from scipy import stats

from sparkwatch_tools.study import bootstrap
from sparkwatch_tools.study.mixed import compare_rates, compare_values
from sparkwatch_tools.study.simulated import simulated_tables

PAIR = ("control", "drug")
RATE_RATIO, SIZE_RATIO = 1.5, 1.2


def naive_value(events):
    """Welch's test of all events, as if each stood for itself."""
    first, second = (np.log(events.loc[events["condition"] == condition, "fdhm_ms"]) for condition in PAIR)
    return stats.ttest_ind(first, second, equal_var=False).pvalue


def naive_cells(events):
    """Welch's test of the cells' means."""
    cells = np.log(events["fdhm_ms"]).groupby([events["condition"], events["animal"], events["cell"]]).mean()
    return stats.ttest_ind(cells["control"], cells["drug"], equal_var=False).pvalue


def naive_rate(cells):
    """Exact conditional test of two Poisson counts, as if all cells were one."""
    sums = cells.groupby("condition")[["spark_events", "exposure_100um2_s"]].sum()
    share = sums.loc["drug", "exposure_100um2_s"] / sums["exposure_100um2_s"].sum()
    return stats.binomtest(int(sums.loc["drug", "spark_events"]), int(sums["spark_events"].sum()), share).pvalue


def study(seed, size_ratio, rate_ratio):
    tables = simulated_tables(seed, size_ratio=size_ratio, rate_ratio=rate_ratio)
    events, cells = tables["events"], tables["cells"]
    size, rate = compare_values(events, "fdhm_ms", PAIR), compare_rates(cells, "spark_events", PAIR)
    sizes = events.assign(y=np.log(events["fdhm_ms"]))
    rates = cells.assign(y=np.log((cells["spark_events"] + 0.5) / cells["exposure_100um2_s"]))
    resampled = {name: bootstrap.of_values(table, "y", PAIR, seed) for name, table in (("size", sizes), ("rate", rates))}
    return {
        "events as independent (Welch)": naive_value(events),
        "cells as independent (Welch)": naive_cells(events),
        "mixed model": size.p,
        "resampling of sizes": resampled["size"].p,
        "counts as Poisson (exact)": naive_rate(cells),
        "quasi-Poisson of animals": rate.p,
        "resampling of rates": resampled["rate"].p,
        "interval of the mixed model": size.low < size_ratio < size.high,
        "interval of quasi-Poisson": rate.low < rate_ratio < rate.high,
        "interval of resampled sizes": resampled["size"].low < np.log(size_ratio) < resampled["size"].high,
        "interval of resampled rates": resampled["rate"].low < np.log(rate_ratio) < resampled["rate"].high,
    }


def many(studies, first, size_ratio, rate_ratio):
    rows = []
    for seed in range(first, first + studies):
        rows.append(study(seed, size_ratio, rate_ratio))
        print(f"\r{seed - first + 1} of {studies}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return pd.DataFrame(rows)


def share(hits):
    low, high = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci()
    return f"{int(hits.sum())} of {len(hits)}, {100 * hits.mean():.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200)
    options = parser.parse_args()
    null = many(options.studies, 10_000, 1.0, 1.0)
    planted = many(options.studies, 50_000, SIZE_RATIO, RATE_RATIO)
    print("| | p < 0.05, no difference | p < 0.05, planted difference |\n|---|---|---|")
    for name in null.columns[:7]:
        print(f"| {name} | {share(null[name] < 0.05)} | {share(planted[name] < 0.05)} |")
    print("\n| | holds the truth, no difference | planted difference |\n|---|---|---|")
    for name in null.columns[7:]:
        print(f"| {name} | {share(null[name].astype(bool))} | {share(planted[name].astype(bool))} |")


if __name__ == "__main__":
    main()
