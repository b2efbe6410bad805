"""Annotated recordings in the published naming: NN_video.tif, NN_class_label.tif, NN_event_label.tif.

Where several people have annotated one recording, NN_class_label_2.tif and so on hold what the others drew.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage

from . import EVENT_CLASSES, TrainingError
from .class_order import ClassOrder, doubt

WHITE_LEVEL = 65535
"""The brightest value of a 16-bit camera; normalised intensity 1."""


@dataclass(frozen=True)
class Recording:
    """One annotated movie; every array is (t, y, x)."""

    name: str
    video: np.ndarray
    """uint16 counts."""
    classes: np.ndarray
    """uint8 labels, see the package's constants."""
    events: np.ndarray | None
    """Instance numbers; 0 is no event. None in a recording for training."""
    boxes: dict | None
    """What training needs of them: bounding boxes (three slices: t, y, x) by class. None in a recording for scores."""
    dark_level: int
    """The smallest count of the movie: normalised intensity 0."""
    others: tuple = ()
    """`classes` as further annotators drew them; in recordings for training only."""
    frame_interval_ms: float | None = None
    """As the movie's file tells it."""

    def annotations(self, region=...):
        """Labels of every annotator, uint8 (annotator, t, y, x)."""
        return np.stack([classes[region] for classes in (self.classes, *self.others)])

    def normalised(self, region=...):
        """Intensity as the network wants it, (counts - dark level) / (white level - dark level), float32."""
        counts = self.video[region].astype(np.float32) - np.float32(self.dark_level)
        return counts / np.float32(WHITE_LEVEL - self.dark_level)


def event_boxes(classes, events):
    """Bounding boxes by class of all voxels with the number of an event of that class."""
    boxes = {label: [] for label in EVENT_CLASSES}
    for number, box in enumerate(ndimage.find_objects(events), start=1):
        if box:
            for label in np.unique(classes[box][events[box] == number]):
                if label in boxes:
                    boxes[label].append(box)
    return boxes


def read_recordings(folder, for_training=False, order=ClassOrder()):
    """All recordings of a folder in the order of their names; whole movies are held in memory.

    `for_training`: with `boxes` instead of `events`, which saves a quarter of that memory.
    `order`: which number of their class masks means which class.
    """
    names = sorted(path.name.removesuffix("_class_label.tif") for path in Path(folder).glob("*_class_label.tif"))
    if not names:
        raise TrainingError(f"{folder} holds no *_class_label.tif; give a folder with NN_video.tif (or NN.tif), "
                            "NN_class_label.tif, NN_event_label.tif")
    return [read_recording(Path(folder), name, for_training, order) for name in names]


def read_recording(folder, name, for_training=False, order=ClassOrder()):
    """The movie `NAME_video.tif`, or `NAME.tif`, with its two label movies."""
    video_path = folder / f"{name}_video.tif"
    if not video_path.exists() and (folder / f"{name}.tif").exists():
        video_path = folder / f"{name}.tif"
    video = _sixteen_bit(read_stack(video_path), video_path)
    labels = {}
    for kind in ("class_label", "event_label"):
        path = folder / f"{name}_{kind}.tif"
        labels[kind] = read_stack(path)
        if labels[kind].shape != video.shape:
            raise TrainingError(f"{path} has the shape {labels[kind].shape}, its video {video.shape}; "
                                "export labels frame by frame from the same movie")
    classes = labels["class_label"]
    if classes.max() > 4:
        raise TrainingError(f"{video_path}: class label {classes.max()} is unknown; use 0 background, 1 spark, "
                            "2 wave, 3 puff, 4 undefined")
    classes, events = order.own(classes.astype(np.uint8)), labels["event_label"]
    boxes = event_boxes(classes, events)
    if odd := doubt(boxes):
        print(f"PUFFS AND WAVES LOOK SWAPPED in {folder / name}_class_label.tif: {odd}, read as {order}. If its numbers mean "
              f"something else, give --class-order {order.swapped}.", file=sys.stderr, flush=True)
    boxes = boxes if for_training else None
    events = None if for_training else events.astype(np.min_scalar_type(events.max()))
    others = _other_annotators(folder, name, video.shape) if for_training else ()
    return Recording(name, video, classes, events, boxes, int(video.min()), others, _frame_interval(video_path))


def _other_annotators(folder, name, shape):
    """What stands in `NAME_class_label_2.tif` and so on."""
    others = []
    while (path := folder / f"{name}_class_label_{len(others) + 2}.tif").exists():
        labels = read_stack(path)
        if labels.shape != shape or labels.max() > 4:
            raise TrainingError(f"{path} does not fit its video, or holds labels above 4; export it as the first annotator's")
        others.append(labels.astype(np.uint8))
    return tuple(others)


def _frame_interval(path):
    """Milliseconds, from ImageJ's metadata; None if they do not tell."""
    with tifffile.TiffFile(path) as file:
        seconds = (file.imagej_metadata or {}).get("finterval")
    return 1000 * float(seconds) if seconds else None


def read_stack(path, advice="expected a TIFF with one grey page per frame"):
    """Frames, rows, columns of a TIFF file; `advice` is for one that cannot be read."""
    try:
        movie = tifffile.imread(path)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); {advice}") from error
    if movie.ndim != 3:
        raise TrainingError(f"{path} has {movie.ndim} axes; expected three: frames, rows, columns")
    return movie


def _sixteen_bit(movie, path):
    """uint16 counts; 8-bit movies are brought to the 16-bit scale as the detector does it."""
    if movie.dtype == np.uint8:
        return movie.astype(np.uint16) << 8
    if movie.dtype == np.uint16:
        return movie
    raise TrainingError(f"{path} holds {movie.dtype}; save the movie as 8- or 16-bit unsigned integers")
