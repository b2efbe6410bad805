"""From probabilities to events: class mask, components, size filters.

A light form of the detector's own steps: sparks that touch are not separated. The detector's scores are made by
`sparkwatch`; these here are for calibration and for a look during training.
"""

import numpy as np
from scipy import ndimage

from . import PUFF, SPARK, WAVE

LARGEST_GAP_FRAMES = {SPARK: 0, WAVE: 2, PUFF: 2}
SMALLEST_SIZE = {SPARK: (2, 3, 3), WAVE: (1, 1, 75), PUFF: (5, 1, 1)}
"""Smallest bounding box (t, y, x); 75 px are 15 micrometres."""

NEIGHBOURS_26 = np.ones((3, 3, 3), bool)


def class_mask(probabilities, threshold):
    """Best of the four classes where the probability of any event exceeds `threshold`, background elsewhere."""
    sparks, waves, puffs = probabilities[1:]
    total = sparks + waves + puffs
    best = np.stack([1 - total, sparks, waves, puffs]).argmax(axis=0)
    return np.where(total > threshold, best, 0).astype(np.uint8)


def instances(mask):
    """Class mask to (class mask, instance numbers) without the events that are too small."""
    classes = np.zeros_like(mask)
    numbers = np.zeros(mask.shape, np.int32)
    count = 0
    for label, smallest in SMALLEST_SIZE.items():
        for box, members in components(mask == label, LARGEST_GAP_FRAMES[label]):
            if all(part.stop - part.start >= least for part, least in zip(box, smallest)):
                count += 1
                numbers[box][members] = count
                classes[box][members] = label
    return classes, numbers


def components(mask, gap_frames):
    """Bounding box and boolean members of each 26-connected component, gaps of `gap_frames` in time bridged."""
    numbers = np.where(mask, ndimage.label(bridged(mask, gap_frames), NEIGHBOURS_26)[0], 0)
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        if box:
            yield box, numbers[box] == number


def bridged(mask, gap_frames):
    """A mask without the gaps of up to so many frames in time."""
    if gap_frames == 0:
        return mask
    column = np.zeros((gap_frames + 1, 3, 3), bool)
    column[:, 1, 1] = True
    return ndimage.binary_dilation(mask, column)
