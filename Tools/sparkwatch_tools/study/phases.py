"""Phases of movies that marks divide: rates of every cell in each. Movies without marks say nothing of phases and take no part."""

from pathlib import Path

import pandas as pd

from ..results import Analysis
from .classes import CLASSES, RATE
from .rates import poisson_interval, rate
from .table import read_table

BEFORE = "before the first mark"
"""The name of the phase that has none in tables of movies."""
GROUP = ["condition", "animal", "cell", "phase"]
COLUMNS = [
    *GROUP,
    "movies",
    "observed_s",
    "exposure_100um2_s",
    *(
        f"{event_type}_{name}"
        for event_type in CLASSES
        for name in ("events", RATE, f"{RATE}_low95", f"{RATE}_high95")
    ),
]


def of_movie(entry: dict, analysis: Analysis, several: bool) -> pd.DataFrame:
    """A row for every cell, phase and class of a movie; none of one without marks. `several`: cells are cells of their own."""
    path = analysis.folder / f"{analysis.name}_cells.csv"
    if not path.exists():
        # Results of version 0.1.0.
        return pd.DataFrame()
    found = read_table(path)
    found["phase"] = found["phase"].fillna(BEFORE)
    if set(found["phase"]) <= {BEFORE}:
        return pd.DataFrame()
    number = found["cell"].astype(str)
    return pd.DataFrame(
        {
            "condition": entry["condition"],
            "animal": entry["animal"],
            "cell": entry["cell"] + "/" + number if several else entry["cell"],
            "phase": found["phase"],
            "movie": entry["movie"],
            "frame_start": found["frame_start"],
            "observed_s": found["observed_s"],
            "exposure_100um2_s": found["area_um2"] / 100 * found["observed_s"],
            "event_type": found["event_type"],
            "events": found["events"],
        }
    )


def collect(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """A row for every cell and phase, phases in the order of their first frames."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    everything = pd.concat(parts, ignore_index=True)
    # A label that is set twice is one phase; it comes where it mostly comes first.
    first = everything.groupby(["movie", "phase"])["frame_start"].min().groupby("phase").median()
    order = {phase: place for place, phase in enumerate(first.sort_values(kind="stable").index)}
    rows = []
    for names, group in everything.groupby(GROUP, sort=False):
        observed = group.drop_duplicates(["movie", "frame_start"])
        exposure = float(observed["exposure_100um2_s"].sum(min_count=len(observed)))
        row = dict(zip(GROUP, names)) | {
            "movies": group["movie"].nunique(),
            "observed_s": observed["observed_s"].sum(min_count=len(observed)),
            "exposure_100um2_s": exposure,
        }
        for event_type in CLASSES:
            events = int(group.loc[group["event_type"] == event_type, "events"].sum())
            low, high = poisson_interval(events, exposure)
            row |= {
                f"{event_type}_events": events,
                f"{event_type}_{RATE}": rate(events, exposure),
                f"{event_type}_{RATE}_low95": low,
                f"{event_type}_{RATE}_high95": high,
            }
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS)
    who = ["condition", "animal", "cell"]
    place = {names: index for index, names in enumerate(dict.fromkeys(table[who].itertuples(index=False, name=None)))}
    keys = pd.Series([(place[row[:3]], order[row[3]]) for row in table[GROUP].itertuples(index=False, name=None)])
    return table.loc[keys.sort_values(kind="stable").index].reset_index(drop=True)


def names(phases: pd.DataFrame) -> list[str]:
    """The phases in their order: as most cells have it that have the most of them."""
    if not len(phases):
        return []
    longest = phases.groupby(GROUP[:3], sort=False)["phase"].agg(list)
    found = list(max(longest, key=len))
    return found + [phase for phase in dict.fromkeys(phases["phase"]) if phase not in found]
