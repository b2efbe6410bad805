"""From the results of all movies to one table of movies, events, cells, animals and phases each."""

from pathlib import Path

import pandas as pd

from .. import ToolsError
from ..results import EVENTS, read_analysis
from . import phases
from .analyse import state
from .classes import CLASSES, PARAMETERS, RATE
from .rates import poisson_interval, rate
from .table import Study, read_table, stem

LEFT_OUT = ["stream", "model_sha256", "config_sha256"]
"""Columns that say the same in every row, the last two in tables of old; the record of the run has them."""


def collect(study: Study, folder: Path, review: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """`movies`, `events`, `cells`, `animals`, `phases`; `folder` holds `movies/KEY`."""
    movies, events, parts, divided = [], [], [], []
    extra = [
        name for name in study.movies.columns if name not in ("movie", "animal", "cell", "condition", "exclude", "excluded")
    ]
    for key, row in study.movies.iterrows():
        place = folder / "movies" / str(key)
        entry = {name: row[name] for name in ["condition", "animal", "cell", "movie"]}
        entry |= {
            "key": key,
            "state": "excluded" if row["excluded"] else None,
            "reason": row["exclude"] if row["excluded"] else "",
        }
        if not row["excluded"]:
            entry |= state(place)
            if entry["state"] == "done":
                analysis = read_analysis(next(place.glob(f"*{EVENTS}")))
                entry |= _movie(analysis)
                own = _parts(entry, analysis)
                events.append(_events(row, extra, place / f"{analysis.name}_events.csv", len(own) > 1))
                parts += own
                divided.append(phases.of_movie(entry, analysis, len(own) > 1))
        movies.append(entry)
    table = pd.DataFrame(movies).merge(review, on="key", how="left", validate="one_to_one")
    done = table[table["state"] == "done"]
    if not len(done):
        failed = table[table["state"] == "failed"].iloc[0]
        raise ToolsError(f"no movie could be analysed; {failed['movie']}: {failed['reason']}")
    # Tables without rows have columns without a type.
    found = pd.concat([one for one in events if len(one)] or events[:1], ignore_index=True)
    if found["event_id"].duplicated().any():
        # Results of old: their identities are those of the movies' names alone.
        found["event_id"] = found["movie"].map(stem) + "/" + found["event_id"]
    observed = pd.DataFrame(parts)
    return {
        "movies": table,
        "events": found,
        "cells": _groups(observed, found, ["condition", "animal", "cell"], {"movies": "movie"}),
        "animals": _groups(observed, found, ["condition", "animal"], {"cells": "cell", "movies": "movie"}),
        "phases": phases.collect(divided),
    }


def _movie(analysis) -> dict:
    cell = analysis.run["outcome"].get("cell") or analysis.cell
    area, observed = cell.get("area_um2"), cell.get("observed_s")
    return {
        "frames": analysis.shape[0],
        "observed_s": observed,
        "cell_area_um2": area,
        "cell_origin": cell.get("origin"),
        "blank_origin": cell.get("blank_origin"),
        "cells_in_frame": max(1, len(analysis.run["outcome"].get("cells") or [])),
        "exposure_100um2_s": area / 100 * observed if area and observed else float("nan"),
        **{quantity: analysis.calibration(quantity)["value"] for quantity in ("pixel_size_um", "frame_interval_ms")},
        "assumed": " ".join(
            quantity for quantity in ("pixel_size_um", "frame_interval_ms") if analysis.calibration(quantity)["assumed"]
        ),
        "remarks": "; ".join(analysis.run.get("remarks", [])),
    }


def _events(row: pd.Series, extra: list[str], path: Path, several: bool) -> pd.DataFrame:
    """The table of a movie with who it belongs to in front; `several`: cells in a frame count as cells of their own."""
    found = read_table(path)
    found = found.drop(columns=[name for name in LEFT_OUT if name in found.columns])
    number = found.pop("cell") if "cell" in found.columns else pd.Series(index=found.index, dtype=str)
    cell = row["cell"] + "/" + number.fillna("none") if several else row["cell"]
    for position, (name, value) in enumerate(
        [("condition", row["condition"]), ("animal", row["animal"]), ("cell", cell), ("movie", row["movie"])]
        + [(name, row[name]) for name in extra]
    ):
        found.insert(position, name if name not in found.columns else f"study_{name}", value)
    return found


def _parts(entry: dict, analysis) -> list[dict]:
    """What every cell of a movie was observed for; a frame with several cells has several."""
    cells = analysis.run["outcome"].get("cells") or []
    if len(cells) < 2:
        return [entry]
    return [
        entry
        | {
            "cell": f"{entry['cell']}/{cell['cell']}",
            "cell_area_um2": cell["area_um2"],
            "exposure_100um2_s": cell["area_um2"] / 100 * cell["observed_s"],
        }
        for cell in cells
    ]


def _groups(movies: pd.DataFrame, events: pd.DataFrame, by: list[str], counts: dict[str, str]) -> pd.DataFrame:
    """A row for every cell or animal: what was observed, rates with exact intervals, medians of what is compared."""
    rows = []
    for names, group in movies.groupby(by, sort=False):
        row = dict(zip(by, names)) | {title: group[column].nunique() for title, column in counts.items()}
        exposure = float(group["exposure_100um2_s"].sum(min_count=len(group)))
        # A frame with several cells is observed once.
        row |= {"observed_s": group.drop_duplicates("movie")["observed_s"].sum(), "exposure_100um2_s": exposure}
        own = events
        for column, name in zip(by, names):
            own = own[own[column] == name]
        for event_type in CLASSES:
            of_type = own[own["event_type"] == event_type]
            low, high = poisson_interval(len(of_type), exposure)
            row |= {
                f"{event_type}_events": len(of_type),
                f"{event_type}_{RATE}": rate(len(of_type), exposure),
                f"{event_type}_{RATE}_low95": low,
                f"{event_type}_{RATE}_high95": high,
            }
            for parameter in PARAMETERS[event_type]:
                if parameter in of_type.columns:
                    row[f"{event_type}_{parameter}_median"] = of_type[parameter].median()
        rows.append(row)
    return pd.DataFrame(rows)
