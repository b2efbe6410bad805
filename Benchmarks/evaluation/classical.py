"""A classical detector of calcium events, to compare the network with: threshold, components, rules.

The movie is smoothed; dF/F0 is measured in standard deviations of each pixel's own noise; what exceeds a threshold
falls into connected components, and duration and width decide the class.
"""
from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndimage

SPARK, WAVE, PUFF = 1, 2, 3
BLOCK_COLUMNS = 64


@dataclass(frozen=True)
class Settings:
    """The defaults are those with the best mean F1 on recordings of another seed."""

    smoothing_frames: float = 1.0
    smoothing_um: float = 0.4
    threshold_sd: float = 5.0
    smallest_voxel_count: int = 120
    shortest_ms: float = 13.0
    puff_ms: float = 200.0
    wave_um: float = 15.0


def detect(movie, pixel_size_um, frame_interval_ms, settings=Settings()):
    """Finds events in a movie (t, y, x).

    Returns the class and the number of the event of every voxel, uint8 and uint16, 0 for none.
    """
    score = signal_in_deviations(movie, pixel_size_um, settings)
    components, count = ndimage.label(score > settings.threshold_sd, np.ones((3, 3, 3)))
    sizes = np.bincount(components.ravel(), minlength=count + 1)
    classes = np.zeros(movie.shape, np.uint8)
    instances = np.zeros(movie.shape, np.uint16)
    number = 0
    for label, box in enumerate(ndimage.find_objects(components), start=1):
        frames, _, columns = (axis.stop - axis.start for axis in box)
        if sizes[label] < settings.smallest_voxel_count or frames * frame_interval_ms < settings.shortest_ms:
            continue
        if columns * pixel_size_um >= settings.wave_um:
            event_class = WAVE
        elif frames * frame_interval_ms >= settings.puff_ms:
            event_class = PUFF
        else:
            event_class = SPARK
        number += 1
        inside = components[box] == label
        classes[box][inside] = event_class
        instances[box][inside] = number
    return classes, instances


def signal_in_deviations(movie, pixel_size_um, settings):
    """dF/F0 of every voxel in standard deviations of its pixel, 0 outside of cells; float32 (t, y, x)."""
    blur = settings.smoothing_um / pixel_size_um
    smooth = ndimage.gaussian_filter(movie.astype(np.float32), (settings.smoothing_frames, blur, blur))
    mean_image = smooth.mean(axis=0)
    in_cell = mean_image > otsu(mean_image)
    for start in range(0, movie.shape[2], BLOCK_COLUMNS):
        block = smooth[:, :, start:start + BLOCK_COLUMNS]
        resting = np.median(block, axis=0)
        # What lies below the median is noise only; events would widen the upper half.
        below = np.minimum(block - resting, 0)
        quiet = np.maximum((block < resting).sum(axis=0), 1)
        deviation = np.sqrt(np.square(below).sum(axis=0) / quiet)
        block -= resting
        block /= np.maximum(deviation, 1e-6)
    smooth *= in_cell
    return smooth


def otsu(values, bins=256):
    """Otsu's threshold of any array."""
    counts, edges = np.histogram(values, bins)
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    mean_below = np.cumsum(counts * centres) / np.maximum(below, 1)
    mean_above = np.cumsum((counts * centres)[::-1])[::-1] / np.maximum(above, 1)
    return float(centres[np.argmax(below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2)])
