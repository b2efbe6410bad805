"""The paragraph for a paper's methods, from the records of the runs."""

from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from .. import __version__
from ..results import EVENTS, read_analysis
from .bootstrap import BOOTSTRAPS
from .table import Study


def methods(study: Study, tables: dict[str, pd.DataFrame], folder: Path) -> str:
    """Text; what differs between movies is said, with how many movies have it."""
    done = tables["movies"][tables["movies"]["state"] == "done"]
    analyses = [read_analysis(next((folder / "movies" / key).glob(f"*{EVENTS}"))) for key in done["key"]]
    setups = [analysis.run["setup"] for analysis in analyses]
    versions = _listed(setup["software_version"] for setup in setups)
    models = _listed(analysis.model[:12] for analysis in analyses)
    settings = _listed(_settings(setup["configuration"]) for setup in setups)
    sizes = _listed(f"{setup['calibration']['pixel_size_um']['value']:.4g} µm" for setup in setups)
    intervals = _listed(f"{setup['calibration']['frame_interval_ms']['value']:.4g} ms" for setup in setups)
    counts = [f"{condition}: {_count(done, tables['cells'], condition)}" for condition in study.conditions]
    failed = int((tables["movies"]["state"] == "failed").sum())
    excluded = int((tables["movies"]["state"] == "excluded").sum())
    assumed = int((done["assumed"] != "").sum())
    reviewed = int((done["review_actions"] > 0).sum())
    parts = [
        f"Calcium sparks, puffs and waves were detected with Sparkwatch {versions} (model {models}; {settings}), which runs the 3D U-Net "
        f"of Dotti et al. (Cell Calcium, 2024). Pixels measured {sizes}, frames were {intervals} apart"
        + (f"; for {assumed} of {len(done)} movies one of these was assumed." if assumed else "."),
        f"Analysed were {'; '.join(counts)}."
        + (f" {_movies(failed)} could not be analysed." if failed else "")
        + (f" {_movies(excluded)} excluded by hand." if excluded else ""),
        (
            f"Events of {reviewed} of {len(done)} movies were reviewed by a person."
            if reviewed
            else "Events were not reviewed by a person."
        ),
        "Rates are events per 100 µm2 of cell and second with exact Poisson intervals (Garwood, 1936).",
        f"Conditions were compared with {study.conditions[0]}: "
        + ("animals that occur under several conditions are paired. " if study.paired else "")
        + "sizes of events by linear mixed models of their logarithms with animal, and cell within animal, as random effects "
        "(restricted maximum likelihood; t with as many degrees of freedom as animals less conditions; where the model finds no variance "
        "between animals, t of the animals' means), rates by quasi-Poisson models of the animals' counts. P values are adjusted "
        f"over all comparisons (Holm). Hierarchical resampling (cells and events drawn again {BOOTSTRAPS} times, animals dealt "
        f"to the conditions; hierarch {version('hierarch')}) and Hedges' g over animals are given beside them.",
        *(
            [
                "Phases of the protocol were compared with the first one within each condition, in cells that have both: sizes and rates "
                "as above, with the animals paired."
            ]
            if len(tables["phases"])
            else []
        ),
        f"Statistics: statsmodels {version('statsmodels')}, pandas {version('pandas')}, NumPy {version('numpy')}, SciPy {version('scipy')}; "
        f"figures: matplotlib {version('matplotlib')}; workflow: Snakemake {version('snakemake')}, Sparkwatch's tools {__version__}.",
    ]
    return "\n\n".join(parts) + "\n"


def _count(movies: pd.DataFrame, cells: pd.DataFrame, condition: str) -> str:
    movies = movies[movies["condition"] == condition]
    number = int((cells["condition"] == condition).sum())
    seconds = movies["observed_s"].sum()
    return f"{movies['animal'].nunique()} animals, {number} cells, {_movies(len(movies))}, {seconds:.0f} s"


def _movies(number: int) -> str:
    return "1 movie" if number == 1 else f"{number} movies"


def _settings(configuration: dict) -> str:
    names = [
        name for name in ("mode", "threshold", "window", "stride", "stabilize") if configuration.get(name) not in (None, "")
    ]
    return ", ".join(f"{name} {configuration[name]}" for name in names)


def _listed(values) -> str:
    """One value, or all with the number of movies."""
    count = Counter(values)
    if len(count) <= 1:
        return next(iter(count), "unknown")
    return " and ".join(f"{value} ({_movies(number)})" for value, number in count.most_common())
