"""Random crops of recordings: where they lie, and how they are varied."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from . import BACKGROUND, CLASS_NAMES, EVENT_CLASSES, PUFF, SPARK, STRIDE_FRAMES, UNDEFINED, WAVE, TrainingError

FOCUS_WEIGHTS = {None: 0.40, SPARK: 0.25, WAVE: 0.12, PUFF: 0.23}
"""How often a crop is placed anywhere (None) or around an event of a class; waves are rare, so they are favoured."""


@dataclass(frozen=True)
class Variation:
    """Ranges of the random changes of a crop; all act on normalised intensity.

    They go beyond what simulated recordings show: a laboratory's microscope is none of them.
    """

    gain: tuple = (0.35, 2.5)
    """Factor, drawn evenly on the logarithmic scale: amplifiers of laboratories differ."""
    dark_level_deviation: float = 0.001
    """SD of the error of the dark level; live, it is taken from the first window only."""
    dark_level_shift: tuple = (-0.004, 0.012)
    """Range of a coarse error of the dark level, for one crop in five."""
    texture: tuple = (0.05, 0.4)
    """SD of the logarithm of a static texture that multiplies all frames, for one crop in four."""
    texture_length: tuple = (0.8, 25.0)
    """Correlation length of that texture, in pixels."""
    blur: tuple = (0.35, 0.9)
    """SD of a blur within frames, in pixels, for one crop in six: optics, or a smoothing acquisition program."""
    flicker: tuple = (0.005, 0.05)
    """SD of the relative brightness of single frames, for one crop in eight."""
    shot_noise: tuple = (1e-4, 1e-2)
    """Variance per intensity of added noise, drawn evenly on the logarithmic scale, for one crop in four."""
    noise_grain: tuple = (0.3, 1.0)
    """SD of the blur of added noise, in pixels, for one in three of those crops."""
    stretched_share: float = 0.3
    """Share of crops that are stretched along x: sparks need not be round, nor are pixels of one size."""
    stretch: tuple = (0.75, 1.4)
    """Factor on the width of what such a crop shows, drawn evenly on the logarithmic scale."""
    padded_share: float = 0.35
    """Share of crops that reach beyond the start or the end of their movie.

    The published pipeline pads whole movies with intensity 0 until windows fit, and light that begins at once, or ends,
    must not look like a wave.
    """
    largest_padding: float = 0.25
    """How far such a crop reaches beyond at most, in units of its length."""

    def apply(self, video, rng):
        """A changed copy of a crop's normalised intensity, at most 1."""
        video = video * np.float32(_evenly_on_log_scale(self.gain, rng))
        if rng.random() < 1 / 4:
            video *= self._texture(video.shape[1:], rng)
        if rng.random() < 1 / 6:
            video = _blurred(video, rng.uniform(*self.blur))
        if rng.random() < 1 / 8:
            flicker = rng.normal(1, rng.uniform(*self.flicker), len(video))
            video *= flicker.astype(np.float32)[:, None, None]
        if rng.random() < 1 / 4:
            video += self._noise(video.shape, rng) * np.sqrt(np.maximum(video, 0))
        shift = rng.normal(0, self.dark_level_deviation)
        if rng.random() < 1 / 5:
            shift += rng.uniform(*self.dark_level_shift)
        return np.minimum(video + np.float32(shift), np.float32(1))

    def _texture(self, shape, rng):
        length = _evenly_on_log_scale(self.texture_length, rng)
        field = ndimage.gaussian_filter(rng.standard_normal(shape), length, mode="wrap")
        field -= field.mean()
        return np.exp(field * (rng.uniform(*self.texture) / max(field.std(), 1e-9))).astype(np.float32)

    def _noise(self, shape, rng):
        noise = rng.standard_normal(shape, dtype=np.float32)
        if rng.random() < 1 / 3:
            noise = _blurred(noise, rng.uniform(*self.noise_grain))
            noise /= noise.std()
        return noise * np.float32(_evenly_on_log_scale(self.shot_noise, rng) ** 0.5)


def _evenly_on_log_scale(limits, rng):
    return np.exp(rng.uniform(*np.log(limits)))


def _blurred(video, deviation):
    return ndimage.gaussian_filter(video, (0, deviation, deviation), truncate=3)


def boxes_by_class(recordings):
    """For each event class the recordings that have events of it, with their boxes: {label: [(recording, boxes)]}."""
    found = {label: [] for label in EVENT_CLASSES}
    for recording in recordings:
        for label, boxes in recording.boxes.items():
            if boxes:
                found[label].append((recording, boxes))
    return found


class CropSampler:
    """Draws crops; those around events come more often than chance would bring them."""

    def __init__(self, recordings, variation=Variation(), seed=0):
        self.recordings = recordings
        self.variation = variation
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.boxes = boxes_by_class(recordings)

    def draw(self, shape):
        """A crop of the shape (t, y, x): float32 intensity and int64 labels.

        Of a recording with several annotators the labels are float32 `votes` (class, t, y, x). Where a movie is smaller than the crop, intensity 0 and the label `UNDEFINED` stand.
        """
        recording, point = self._focus()
        stretch = self._stretch()
        wanted = (*shape[:2], round(shape[2] / stretch))
        region = tuple(
            self._start(at, length, available) for at, length, available in zip(point, wanted, recording.video.shape)
        )
        seen, classes = recording.normalised(region), recording.annotations(region)
        if stretch != 1:
            seen, classes = stretched(seen, classes, min(shape[2], round(stretch * seen.shape[2])))
        video, labels = np.zeros(shape, np.float32), np.full((len(classes), *shape), UNDEFINED, np.uint8)
        filled = tuple(slice(0, length) for length in seen.shape)
        video[filled] = self.variation.apply(seen, self.rng)
        labels[:, *filled] = classes
        if self.rng.random() < self.variation.padded_share:
            self._pad(video, labels)
        video, labels = flipped(video, labels, self.rng)
        return video, labels[0].astype(np.int64) if len(labels) == 1 else votes(labels)

    def resume(self, draws):
        """Goes on with another stretch of the random numbers after so many draws, so that no crop comes twice."""
        self.rng = np.random.default_rng([self.seed, draws])

    def _stretch(self):
        if self.rng.random() >= self.variation.stretched_share:
            return 1.0
        return float(_evenly_on_log_scale(self.variation.stretch, self.rng))

    def _pad(self, video, labels):
        """Makes a part at the start or the end one that lies beyond the movie; nothing happens there."""
        length = int(_evenly_on_log_scale((1, max(1, self.variation.largest_padding * len(video))), self.rng))
        beyond = slice(0, length) if self.rng.random() < 0.5 else slice(len(video) - length, len(video))
        video[beyond] = 0
        labels[:, beyond] = BACKGROUND

    def _focus(self):
        """A recording and a point (t, y, x) that the crop has to contain."""
        kinds = [label for label in FOCUS_WEIGHTS if label is None or self.boxes[label]]
        weights = np.array([FOCUS_WEIGHTS[label] for label in kinds])
        label = kinds[self.rng.choice(len(kinds), p=weights / weights.sum())]
        if label is None:
            recording = self.recordings[self.rng.integers(len(self.recordings))]
            return recording, [self.rng.integers(size) for size in recording.video.shape]
        recording, boxes = self.boxes[label][self.rng.integers(len(self.boxes[label]))]
        box = boxes[self.rng.integers(len(boxes))]
        return recording, [self.rng.integers(part.start, part.stop) for part in box]

    def _start(self, point, wanted, available):
        """A random range of at most `wanted` indices that contains `point` and lies inside the movie."""
        length = min(wanted, available)
        first, last = max(0, point - length + 1), min(point, available - length)
        start = int(self.rng.integers(first, last + 1))
        return slice(start, start + length)


class SegmentSampler:
    """Whole-frame segments as published: starts 32 frames apart, each once per pass in random order, flips."""

    def __init__(self, recordings, seed=0, step=STRIDE_FRAMES):
        sizes = {recording.video.shape[1:] for recording in recordings}
        if len(sizes) > 1:
            raise TrainingError(f"frames of {', '.join(f'{y} x {x}' for y, x in sorted(sizes))} pixels do not fit into one "
                                "batch of whole segments; give movies of one size, or use --recipe own")
        self.recordings = recordings
        self.step = step
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.boxes = boxes_by_class(recordings)
        self.waiting = []

    def draw(self, shape):
        """A segment of shape[0] frames: float32 intensity and int64 labels, both (t, y, x)."""
        if not self.waiting:
            self.waiting = [
                (recording, start)
                for recording in self.recordings
                for start in range(0, len(recording.video) - shape[0] + 1, self.step)
            ]
            if not self.waiting:
                raise TrainingError(f"no recording has the {shape[0]} frames of a segment; give longer ones")
            self.rng.shuffle(self.waiting)
        recording, start = self.waiting.pop()
        segment = np.s_[start : start + shape[0]]
        return flipped(recording.normalised(segment), recording.classes[segment].astype(np.int64), self.rng)

    def resume(self, draws):
        """As of a `CropSampler`."""
        self.rng = np.random.default_rng([self.seed, draws])


def votes(labels):
    """Labels of several annotators, uint8 (annotator, t, y, x), as the share of them that chose each class, float32.

    The shares (class, t, y, x) of a voxel sum to less than 1 where an annotator left it undefined: it counts for less.
    """
    shares = np.stack([(labels == label).sum(axis=0, dtype=np.uint8) for label in range(len(CLASS_NAMES))])
    return shares.astype(np.float32) / np.float32(len(labels))


def batched(labels):
    """Labels of several crops as one array; all become votes where some are."""
    if len({crop.ndim for crop in labels}) > 1:
        labels = [crop if crop.ndim == 4 else votes(crop[None]) for crop in labels]
    return np.stack(labels)


def stretched(video, labels, width):
    """Both with another number of columns: intensity interpolated along x, labels taken from the nearest column."""
    available = video.shape[2]
    positions = np.clip((np.arange(width) + 0.5) * available / width - 0.5, 0, available - 1)
    left = np.minimum(positions.astype(int), max(0, available - 2))
    weight = (positions - left).astype(np.float32)
    right = np.minimum(left + 1, available - 1)
    video = video[..., left] * (1 - weight) + video[..., right] * weight
    return video, labels[..., np.rint(positions).astype(int)]


def flipped(video, labels, rng):
    """Both mirrored along y and along x, each by chance; time is never reversed."""
    for axis in (-2, -1):
        if rng.random() < 0.5:
            video, labels = np.flip(video, axis), np.flip(labels, axis)
    return np.ascontiguousarray(video), np.ascontiguousarray(labels)
