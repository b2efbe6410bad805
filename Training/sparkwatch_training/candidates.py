"""Voxels that may become events, and events found among them: what a search for offsets looks at again and again.

Most voxels are background whatever is added to the scores of the event classes. Only the others are kept, in groups that no
event can cross, so that a candidate costs a hundredth of a whole movie.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from . import EVENT_CLASSES
from .instances import LARGEST_GAP_FRAMES, NEIGHBOURS_26, bridged, class_mask, instances

LEAST_LOG_PROBABILITY = -30.0


def shifted(log_probabilities, offsets):
    """Log probabilities (4, ...) to probabilities, after `offsets` were added to the event classes."""
    scores = log_probabilities.astype(np.float32)
    for label, offset in zip(EVENT_CLASSES, offsets):
        scores[label] += np.float32(offset)
    np.exp(scores, out=scores)
    return scores / scores.sum(axis=0)


@dataclass(frozen=True)
class Group:
    """Voxels from which no event leads to others."""

    shape: tuple
    """Of the box (t, y, x) that holds them."""
    places: np.ndarray
    """Their flat indices in the box."""
    members: np.ndarray
    """Their positions among the candidates."""


class Candidates:
    """The voxels of one movie that may become events, with the labels that a person gave them."""

    def __init__(self, probabilities, classes, events, largest_offset, smallest_threshold):
        """Keeps what may be an event.

        `probabilities` (4, t, y, x); `classes`, `events` (t, y, x): what a person drew. `largest_offset`: the most that will be
        added to a score, natural logarithm. `smallest_threshold`: the least threshold on the total event probability.
        """
        odds = smallest_threshold / (1 - smallest_threshold) * np.exp(-largest_offset)
        active = probabilities[1:].sum(axis=0) > odds / (1 + odds)
        kept = active | (classes > 0)
        floor = np.float32(np.exp(LEAST_LOG_PROBABILITY))
        self.log_probabilities = np.log(np.maximum(probabilities[:, kept], floor)).astype(np.float16)
        self.classes, self.events = classes[kept], events[kept]
        position = np.full(active.shape, -1, np.int32)
        position[kept] = np.arange(np.count_nonzero(kept), dtype=np.int32)
        self.groups = list(_groups(active, position))

    def found(self, calibration):
        """Class and number of the event of every candidate, as `instances` gives them for the whole movie."""
        mask = class_mask(shifted(self.log_probabilities, calibration.offsets), calibration.threshold)
        classes, numbers, count = np.zeros_like(mask), np.zeros(mask.shape, np.int32), 0
        for group in self.groups:
            own = mask[group.members]
            if not own.any():
                continue
            box = np.zeros(group.shape, np.uint8)
            box.flat[group.places] = own
            found, found_numbers = instances(box)
            classes[group.members] = found.flat[group.places]
            these = found_numbers.flat[group.places]
            numbers[group.members] = np.where(these > 0, these + count, 0)
            count += int(found_numbers.max())
        return classes, numbers


def _groups(active, position):
    joined = bridged(active, max(LARGEST_GAP_FRAMES.values()))
    numbers = ndimage.label(joined, NEIGHBOURS_26)[0]
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        if box:
            places = np.flatnonzero((numbers[box] == number) & active[box])
            yield Group(numbers[box].shape, places, position[box].flat[places])
