"""Cells, prepared for training and scoring, and their division into halves."""

from dataclasses import dataclass

import numpy as np
import tifffile

from .. import CLASS_NAMES, EVENT_CLASSES, TrainingError
from ..recordings import read_recording
from .movies import checked_labels

LEAST_CELLS = 2


@dataclass(frozen=True)
class Cell:
    """The movies of one cell."""

    name: str
    movies: tuple
    """`ReviewedMovie`s, whose prepared recordings lie in a folder of their name each."""
    events: dict
    """How many events of each class its movies hold together."""


def prepared(movies, folder):
    """Writes what training and `sparkwatch score` read into one folder per movie; gives the cells in the order of their names."""
    counts = {}
    for movie in movies:
        place = folder / movie.name
        place.mkdir(parents=True)
        shape = _write_video(movie, place / f"{movie.name}_video.tif")
        for number, labels in enumerate(movie.labels, start=1):
            classes, events = checked_labels(labels, shape)
            ending = "" if number == 1 else f"_{number}"
            tifffile.imwrite(place / f"{movie.name}_class_label{ending}.tif", classes, compression="zlib", photometric="minisblack")
            if number == 1:
                tifffile.imwrite(place / f"{movie.name}_event_label.tif", events.astype(np.uint16), compression="zlib",
                                 photometric="minisblack")
                counts[movie.name] = {label: len(np.unique(events[classes == label])) for label in EVENT_CLASSES}
    cells = []
    for name in sorted({movie.cell for movie in movies}):
        own = tuple(movie for movie in movies if movie.cell == name)
        cells.append(Cell(name, own, {label: sum(counts[movie.name][label] for movie in own) for label in EVENT_CLASSES}))
    return cells


def _write_video(movie, path):
    """A link to the movie, or a copy with counts that fill 16 bits; gives its shape (t, y, x)."""
    with tifffile.TiffFile(movie.video) as file:
        shape = file.series[0].shape if file.series else ()
    if len(shape) != 3:
        raise TrainingError(f"{movie.video} has the axes {shape}; expected frames, rows, columns: export one channel of it")
    if movie.count_scale == 1:
        path.symlink_to(movie.video)
        return shape
    video = tifffile.imread(movie.video).astype(np.float32) * movie.count_scale
    with tifffile.TiffFile(movie.video) as file:
        interval = (file.imagej_metadata or {}).get("finterval")
    tifffile.imwrite(path, np.minimum(video, 65535).astype(np.uint16), imagej=interval is not None,
                     metadata={"axes": "TYX", "finterval": interval} if interval else None, photometric="minisblack")
    return shape


def recordings_of(cells, folder, for_training=False):
    """The prepared recordings of cells, one after the other."""
    return [read_recording(folder / movie.name, movie.name, for_training) for cell in cells for movie in cell.movies]


def check(cells, folder):
    """Refuses what is too little to learn from."""
    if len(cells) < LEAST_CELLS:
        raise TrainingError(f"{folder} holds reviewed movies of {len(cells)} cell{'' if len(cells) == 1 else 's'}; at least "
                            f"{LEAST_CELLS} are needed, since no cell is judged by a model that has seen it: review more movies")
    if not any(sum(cell.events.values()) for cell in cells):
        raise TrainingError(f"the reviewed movies in {folder} hold no event; review movies with sparks, puffs or waves")
    lonely = [cell.name for cell in cells if sum(cell.events.values())]
    if len(lonely) < 2:
        raise TrainingError(f"all events in {folder} are of the cell {lonely[0]}; review a second cell with events")


def halves(cells):
    """Cells in two parts with about as many cells and events of every class, rare ones first; the same every time."""
    totals = {label: max(1, sum(cell.events[label] for cell in cells)) for label in EVENT_CLASSES}
    weight = {cell.name: sum(cell.events[label] / totals[label] for label in EVENT_CLASSES) for cell in cells}
    first, second = [], []
    for cell in sorted(cells, key=lambda cell: (-weight[cell.name], cell.name)):
        lighter = min((first, second), key=lambda half: (sum(weight[one.name] for one in half), len(half)))
        most = (len(cells) + 1) // 2
        (lighter if len(lighter) < most else first if lighter is second else second).append(cell)
    return first, second


def described(cells):
    """How much there is, on one line."""
    counts = ", ".join(f"{sum(cell.events[label] for cell in cells)} {CLASS_NAMES[label]}s" for label in EVENT_CLASSES)
    movies = sum(len(cell.movies) for cell in cells)
    return f"{len(cells)} cell{'' if len(cells) == 1 else 's'}, {movies} movie{'' if movies == 1 else 's'}: {counts}"
