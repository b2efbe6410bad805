"""`study.csv`: which movie belongs to which cell, animal and condition."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import ToolsError

REQUIRED = ["movie", "animal", "cell", "condition"]
OPTIONAL_ANALYSIS = {
    "pixel_size_um": "--pixel-size-um",
    "frame_interval_ms": "--frame-interval-ms",
    "channel": "--channel",
    "bit_depth": "--bit-depth",
    "dark_level_counts": "--dark-level-counts",
    "cell_mask": "--cell-mask",
    "regions": "--regions",
}
"""Columns that, where they are filled in, become options of `sparkwatch analyze` for that movie."""
NOT_EXCLUDED = {"", "0", "no", "false", "n"}


@dataclass
class Study:
    path: Path
    movies: pd.DataFrame
    """All text, as written, so that `05` stays `05`; indexed by `key`, a name that is good for a folder."""

    @property
    def included(self) -> pd.DataFrame:
        return self.movies[~self.movies["excluded"]]

    @property
    def conditions(self) -> list[str]:
        """In the order of the table; the first one is the reference."""
        return list(dict.fromkeys(self.included["condition"]))

    @property
    def paired(self) -> bool:
        """Whether animals occur under several conditions."""
        return bool((self.included.groupby("animal")["condition"].nunique() > 1).any())

    def file(self, key: str) -> Path:
        return self.path.parent / self.movies.loc[key, "movie"]

    def options(self, key: str) -> list[str]:
        row = self.movies.loc[key]
        return [
            word
            for column, option in OPTIONAL_ANALYSIS.items()
            if row.get(column, "").strip()
            for word in (option, row[column].strip())
        ]


def read_study(path: Path) -> Study:
    """Reads and checks; whatever is wrong is said with its line."""
    try:
        movies = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ToolsError(f"{path} is no table with commas between its columns ({error})") from error
    missing = [name for name in REQUIRED if name not in movies.columns]
    if missing:
        raise ToolsError(
            f"{path} has no column {', '.join(missing)}; it needs {', '.join(REQUIRED)}, and may have exclude and any others"
        )
    if "exclude" not in movies.columns:
        movies["exclude"] = ""
    movies["excluded"] = ~movies["exclude"].str.strip().str.lower().isin(NOT_EXCLUDED)
    for column in REQUIRED:
        movies[column] = movies[column].str.strip()
        empty = movies.index[(movies[column] == "") & ~movies["excluded"]]
        if len(empty):
            raise ToolsError(f"{path}, line {empty[0] + 2}: {column} is empty; fill it in, or write a reason into exclude")
    twice = movies.index[movies["movie"].duplicated()]
    if len(twice):
        raise ToolsError(f"{path}, line {twice[0] + 2}: {movies['movie'][twice[0]]} stands there twice")
    if movies["excluded"].all():
        raise ToolsError(f"{path} names no movie that is not excluded")
    movies.index = pd.Index(keys(list(movies["movie"])), name="key")
    return Study(path, movies)


TEXT = [
    *("condition", "animal", "cell", "movie", "exclude", "key", "state", "reason", "remarks", "reviewers"),
    *("file", "folder", "series_id", "phase", "event_id", "event_type", "flags", "reasons", "assumed"),
    *("blank_origin", "cell_origin", "origin", "stream", "model_sha256", "config_sha256"),
    *("quantity", "interval", "reference", "other", "effect", "method"),
]
"""Columns of any of our tables that hold text, also where it looks like a number."""


def read_table(path: Path, text: Iterable[str] = ()) -> pd.DataFrame:
    """A table of ours; `05` stays `05` and `NA` stays `NA` in columns of text, of which there may be more."""
    names = pd.read_csv(path, nrows=0).columns
    return pd.read_csv(
        path, dtype={name: str for name in names if name in TEXT or name in set(text)}, keep_default_na=False, na_values=[""]
    )


def stem(movie: str) -> str:
    """Path of a movie without what programs append to its name."""
    return re.sub(r"(_video)?(\.ome)?\.tiff?$", "", movie, flags=re.IGNORECASE)


def marks(movie: Path) -> Path:
    """The file beside a movie that divides it into phases, whether it is there or not."""
    return movie.with_name(f"{stem(movie.name)}_marks.csv")


def keys(movies: list[str]) -> list[str]:
    """A different name for every path, which a folder and a Snakemake wildcard may have."""
    found = [re.sub(r"[^A-Za-z0-9.-]+", "_", stem(movie)).strip("_.") or "movie" for movie in movies]
    count = Counter(found)
    seen: Counter[str] = Counter()
    for index, key in enumerate(found):
        if count[key] > 1:
            seen[key] += 1
            found[index] = f"{key}_{seen[key]}"
    return found
