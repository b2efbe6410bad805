"""A first `study.csv` from the names of folders and files, for a person to look over."""

import re
from pathlib import Path, PurePosixPath

import pandas as pd

from .. import ToolsError

MOVIE = re.compile(r"\.tiff?$", re.IGNORECASE)
BESIDE = re.compile(r"_(class|instances|class_label|event_label|sparks|waves|puffs|mask)\.tiff?$", re.IGNORECASE)
"""Masks and labels that lie beside movies."""
ANIMAL = re.compile(r"^(animal|mouse|rat|rabbit|pig|dog|heart|subject|donor|patient|m|r)[\s_-]*\d+", re.IGNORECASE)
CELL = re.compile(r"(?:^|[_\s-])(cell[\s_-]*\d+|c\d+)(?=$|[_\s.-])", re.IGNORECASE)


def find_movies(folder: Path) -> list[str]:
    """Paths of TIFF movies below a folder, relative to it; masks and labels are left out."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and MOVIE.search(path.name)]
    found = [path for path in found if not BESIDE.search(path) and not any(part.startswith(".") for part in path.split("/"))]
    if not found:
        raise ToolsError(f"{folder} holds no TIFF movies; bring vendors' files there with sparkwatch-import")
    return sorted(found, key=_natural)


def propose(folder: Path, animals_differ: bool) -> tuple[pd.DataFrame, list[str]]:
    """Table and remarks on what was guessed."""
    movies = find_movies(folder)
    rows = [_row(movie) for movie in movies]
    table = pd.DataFrame(rows, columns=["movie", "animal", "cell", "condition", "exclude"])
    remarks = []
    for column, text in (
        ("condition", "all movies are of one condition, as far as folders tell"),
        ("animal", "folders do not tell the animals apart"),
    ):
        unknown = int((table[column] == "").sum())
        if unknown:
            remarks.append(f"{column} is empty for {unknown} of {len(table)} movies: fill it in ({text})")
    shared = table[table["animal"] != ""].groupby("animal")["condition"].nunique()
    shared = list(shared[shared > 1].index)
    if shared and animals_differ:
        table["animal"] = table["condition"] + "/" + table["animal"]
    elif shared:
        remarks.append(
            f"{', '.join(shared)} occur under several conditions and count as the same animals (paired), their cells of the same name as the same cells; "
            "if they are others, propose again with --animals-differ"
        )
    return table, remarks


def _row(movie: str) -> list[str]:
    """The deepest folders are animal and cell, the first one the condition; names that say what they are win."""
    path = PurePosixPath(movie)
    folders = list(path.parts[:-1])
    animal = next((part for part in folders if ANIMAL.match(part)), "")
    cell = next((part for part in reversed(folders) if CELL.search(part) and part != animal), "")
    rest = [part for part in folders if part not in (animal, cell)]
    if not animal and len(rest) >= 2:
        animal = rest.pop(1)
    if not cell and len(rest) >= 2:
        cell = rest.pop(1)
    condition = rest[0] if rest else ""
    if not cell:
        named = CELL.search(path.stem)
        cell = named[1] if named else re.sub(r"(_video)?(\.ome)?$", "", path.stem)
    return [movie, animal, cell, condition, ""]


def _natural(text: str) -> list[object]:
    return [int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", text)]
