"""Reviewed movies in a folder: which there are, of which cell, by whom, and whether their labels can be."""

import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tifffile

from .. import TrainingError, UNDEFINED
from ..recordings import read_stack

REVIEWED = "reviewed-"
"""What the folder of a reviewer's outputs begins with."""

OUTPUT = "learned-"
"""What a folder of results begins with."""

CLASSES, EVENTS = "_class_label.tif", "_event_label.tif"

CELLS_TABLE = "cells.csv"

MOST_EVENTS = 65535


@dataclass(frozen=True)
class Labels:
    """What one person made of a movie."""

    classes: Path
    events: Path
    reviewer: str
    not_reviewed: int
    """Events that nobody has looked at; 0 where that is not known."""


@dataclass(frozen=True)
class ReviewedMovie:
    """A movie with the labels of one person or more."""

    name: str
    """Unique among the movies."""
    video: Path
    labels: tuple
    cell: str
    run: dict = field(default_factory=dict)
    """What its `NAME_run.json` says of how it was analysed."""

    @property
    def count_scale(self):
        """By how much counts are multiplied to fill 16 bits."""
        return float(self.run.get("setup", {}).get("configuration", {}).get("count_scale", 1))

    @property
    def stated(self):
        """Options of `sparkwatch analyze` for what a person said of the movie."""
        calibration = self.run.get("setup", {}).get("calibration", {})
        words = []
        for option, key in (("--pixel-size-um", "pixel_size_um"), ("--frame-interval-ms", "frame_interval_ms")):
            known = calibration.get(key, {})
            if known.get("value") and not known.get("assumed", True):
                words += [option, repr(float(known["value"]))]
        return words


def reviewed_movies(folder, cells_table=None):
    """All reviewed movies in and below a folder, and what there is to say about them.

    Cells are told apart by `cells_table`, or `cells.csv` in the folder (columns movie, cell); a movie that is not in it is a
    cell of its own, and the same frames in two files are one cell.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise TrainingError(f"{folder} is no folder; name one with reviewed movies, as `sparkwatch review` writes them")
    groups, remarks = {}, []
    for path in sorted(folder.rglob("*" + CLASSES)):
        if any(part.startswith(OUTPUT) for part in path.relative_to(folder).parts[:-1]):
            continue
        name = path.name.removesuffix(CLASSES)
        is_review = path.parent.name.startswith(REVIEWED)
        base = path.parent.parent if is_review else path.parent
        groups.setdefault((base, name), []).append((path, is_review))
    if not groups:
        raise TrainingError(f"{folder} holds no NAME{CLASSES}; review some movies first (`sparkwatch review RESULTS`, then "
                            "Write), and name the folder RESULTS")
    cells = _cells(Path(cells_table) if cells_table else folder / CELLS_TABLE, required=cells_table is not None)
    movies, frames, used = [], {}, set()
    for (base, name), found in sorted(groups.items()):
        reviews = [path for path, is_review in found if is_review]
        labels = [_labels(path, name) for path in (reviews or [path for path, _ in found])]
        used.add(name)
        touched = [label for label in labels if not _is_untouched(label)]
        if not touched:
            remarks.append(f"{name}: left out, since nobody has looked at any of its {labels[0].not_reviewed} events")
            continue
        remarks += [f"{name}: {label.not_reviewed} events that {label.reviewer} has not looked at count as undefined"
                    for label in touched if label.not_reviewed]
        video = _video(name, touched[0].classes.parent, base)
        unique = name if name not in {movie.name for movie in movies} else f"{base.name}-{name}"
        cell = cells.get(name) or unique
        same = frames.setdefault(_fingerprint(video), (cell, name))
        if same[0] != cell:
            remarks.append(f"{name}: begins with the same frame as {same[1]}, so both are taken as the cell {same[0]}")
        movies.append(ReviewedMovie(unique, video, tuple(touched), same[0], _run(base / f"{name}_run.json")))
    unknown = sorted(set(cells) - used)
    if unknown:
        raise TrainingError(f"the table of cells names {', '.join(unknown)}, of which there are no labels in {folder}; "
                            "correct its column movie")
    if len({movie.name for movie in movies}) < len(movies):
        raise TrainingError(f"{folder} holds several movies of one name in folders of one name; rename them")
    return movies, remarks


def _labels(path, name):
    events = path.with_name(name + EVENTS)
    if not events.exists():
        raise TrainingError(f"{events} is missing beside {path.name}; write both with `sparkwatch review RESULTS --write`")
    record = path.with_name(f"{name}_reviewed.json")
    if not record.exists():
        folder = path.parent.name
        return Labels(path, events, folder.removeprefix(REVIEWED) if folder.startswith(REVIEWED) else "", 0)
    try:
        known = json.loads(record.read_text())
        return Labels(path, events, str(known["reviewer"]), int(known["not_reviewed"]))
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{record} cannot be understood ({error}); write the review anew") from error


def _is_untouched(labels):
    if not labels.not_reviewed:
        return False
    known = json.loads(labels.classes.with_name(labels.classes.name.replace(CLASSES, "_reviewed.json")).read_text())
    return sum(known.get("events", {}).values()) == labels.not_reviewed


def _video(name, folder, base):
    endings = ("_video.tif", ".tif", ".tiff", ".btf")
    candidates = [place / f"{name}{ending}" for place in dict.fromkeys((folder, base, base.parent)) for ending in endings]
    for path in candidates:
        if path.exists():
            return path.resolve()
        if path.is_symlink():
            raise TrainingError(f"the movie of {name} is missing: {path} points to {path.readlink()}, where nothing is; put the "
                                "movie back, or make the link anew")
    raise TrainingError(f"the movie of {name} is missing: there is no {candidates[0]}; put it there, or a link to it")


def _fingerprint(video):
    """Tells movies apart by the light of their first frame."""
    try:
        frame = np.ascontiguousarray(tifffile.imread(video, key=0))
    except (OSError, ValueError, IndexError) as error:
        raise TrainingError(f"{video} cannot be read ({error}); expected a TIFF with one grey page per frame") from error
    constant = frame.size == 0 or frame.min() == frame.max()
    return str(video) if constant else hashlib.sha256(frame.tobytes()).hexdigest()


def _run(path):
    try:
        run = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) else {}


def _cells(path, required):
    """Cell by name of movie."""
    if not path.exists():
        if required:
            raise TrainingError(f"{path} is missing; give a table with the columns movie and cell")
        return {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"movie", "cell"} <= rows[0].keys():
        raise TrainingError(f"{path} has the columns {', '.join(map(str, rows[0]))}; it needs movie and cell")
    cells = {}
    for row in rows:
        name = Path(row["movie"] or "").name.removesuffix(".tif").removesuffix("_video")
        if not name or not (row["cell"] or "").strip():
            raise TrainingError(f"{path} has a row without movie or cell; complete it")
        cells[name] = row["cell"].strip()
    return cells


def checked_labels(labels, shape):
    """Class and event labels, uint8 and int32 (t, y, x), of a movie of that shape; open events become undefined.

    Labels that cannot be are refused by name.
    """
    classes, events = (read_stack(path, "write the review anew") for path in (labels.classes, labels.events))
    for path, stack in ((labels.classes, classes), (labels.events, events)):
        if stack.shape != shape:
            raise TrainingError(f"{path} has the shape {stack.shape}, its movie {shape}; write the review anew from that movie")
    if classes.max() > UNDEFINED:
        at = np.argwhere(classes > UNDEFINED)[0]
        raise TrainingError(f"{labels.classes}: class {classes[tuple(at)]} in frame {at[0]} is unknown; use 0 background, 1 spark, "
                            "2 wave, 3 puff, 4 undefined")
    if events.max() > MOST_EVENTS:
        raise TrainingError(f"{labels.events}: event {events.max()} is beyond {MOST_EVENTS}; number events from 1 on")
    classes, events = classes.astype(np.uint8), events.astype(np.int32)
    lonely = ((classes > 0) & (classes != UNDEFINED) & (events == 0)) | ((events > 0) & (classes == 0))
    if lonely.any():
        at = np.argwhere(lonely)[0]
        raise TrainingError(f"{labels.classes}: frame {at[0]}, row {at[1]}, column {at[2]} has class {classes[tuple(at)]} but event "
                            f"{events[tuple(at)]} in {labels.events.name}; correct both alike")
    pairs = np.unique(np.stack([events[events > 0], classes[events > 0]]), axis=1)
    numbers, counts = np.unique(pairs[0], return_counts=True)
    if (counts > 1).any():
        number = numbers[counts > 1][0]
        both = " and ".join(str(label) for label in pairs[1][pairs[0] == number])
        raise TrainingError(f"{labels.classes}: event {number} has the classes {both}; give one of them a number of its own")
    if labels.not_reviewed:
        classes[np.isin(events, list(_open_events(labels)))] = UNDEFINED
    return classes, events


def _open_events(labels):
    """Numbers of events that nobody has looked at."""
    path = labels.classes.with_name(labels.classes.name.replace(CLASSES, "_events.csv"))
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            return {int(row["event_id"].rpartition("-")[2]) for row in csv.DictReader(file) if not row["reviewed"]}
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(f"{path} does not say which events were looked at ({error}); write the review anew") from error
