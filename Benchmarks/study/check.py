"""Whether the report of a simulated study holds the truth.

    python Benchmarks/study/check.py FOLDER [RESULTS]      # RESULTS: FOLDER/study-results unless it is named

Prints what was drawn beside what was found; ends with 1 if an interval misses what was drawn.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from simulate import CONDITIONS

from sparkwatch_tools.study.classes import RATE
from sparkwatch_tools.study.table import read_table

FIRST, SECOND = CONDITIONS
DRAWN = {RATE: CONDITIONS[SECOND][0], "fdhm_ms": CONDITIONS[SECOND][1], "amplitude_dff0": 1.0}


def in_the_sparks(truth, movies):
    """The ratios in the sparks that chance drew: of the movies that were analysed."""
    seconds = movies.groupby("condition")["observed_s"].sum()
    counts = truth.groupby("condition").size()
    means = np.exp(np.log(truth[["fdhm_milliseconds", "amplitude_dff0"]]).groupby(truth["condition"]).mean())
    return {
        RATE: counts[SECOND] / seconds[SECOND] / (counts[FIRST] / seconds[FIRST]),
        "fdhm_ms": means.loc[SECOND, "fdhm_milliseconds"] / means.loc[FIRST, "fdhm_milliseconds"],
        "amplitude_dff0": means.loc[SECOND, "amplitude_dff0"] / means.loc[FIRST, "amplitude_dff0"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path, nargs="?")
    options = parser.parse_args()
    tables = (options.results or options.folder / "study-results") / "tables"
    movies = read_table(tables / "movies.csv")
    done = movies[movies["state"] == "done"]
    events = read_table(tables / "events.csv")
    truth = pd.read_csv(options.folder / "truth.csv", dtype={"cell": str, "movie": str})
    truth["path"] = truth["condition"] + "/" + truth["animal"] + "/cell " + truth["cell"] + "/" + truth["movie"]
    truth = truth[truth["path"].isin(done["movie"])]
    found = read_table(tables / "comparisons.csv")
    found = found[found["event_type"] == "spark"].set_index("quantity")
    print(f"{len(done)} of {len(movies)} movies, {done['observed_s'].sum():.0f} s, {len(truth)} true sparks; found:", end=" ")
    print(", ".join(f"{count} {kind}s" for kind, count in events["event_type"].value_counts().items()))
    print("\n| sparks, second to first condition | drawn | in the sparks drawn | found | resampled | p |\n|---|---|---|---|---|---|")
    missed = []
    own = in_the_sparks(truth, done)
    for quantity, drawn in DRAWN.items():
        row = found.loc[quantity]
        interval = f"{row['estimate']:.2f} [{row['low95']:.2f}, {row['high95']:.2f}]"
        resampled = f"[{row['bootstrap_low95']:.2f}, {row['bootstrap_high95']:.2f}]"
        print(f"| {quantity} | {drawn} | {own[quantity]:.2f} | {interval} | {resampled} | {row['p']:.3f} |")
        if not (row["low95"] < drawn < row["high95"] and row["bootstrap_low95"] < drawn < row["bootstrap_high95"]):
            missed.append(quantity)
    if missed:
        sys.exit(f"the truth lies outside of an interval: {', '.join(missed)}")


if __name__ == "__main__":
    main()
