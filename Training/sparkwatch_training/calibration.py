"""Offsets of the class scores, and the live threshold, with which a network finds events best.

A network trained on crops around events believes in events too easily, and an overlap loss says little about small false ones.
A constant for each class, added to its score, mends both without training; it becomes a part of the last bias.
"""

from dataclasses import dataclass

import numpy as np

from . import CLASS_NAMES, EVENT_CLASSES, TrainingError
from .candidates import Candidates
from .inference import event_probabilities
from .scores import EventScores, event_scores

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(6, 16))
"""Candidates for the threshold on the total event probability."""

STEPS = (2.0, 1.0, 0.5)
"""Steps of the search for an offset, from coarse to fine, in natural logarithms of odds against background."""

LARGEST_OFFSET = 8.0

FINEST_STEP = STEPS[-1]

LARGEST_RELAXATION = 2.0
"""How far above the offset of the best F1 one for a rate of false events may lie."""


@dataclass(frozen=True)
class Calibration:
    """What to add to the scores of spark, wave and puff, and the threshold to use after that."""

    offsets: tuple = (0.0, 0.0, 0.0)
    threshold: float = 0.5


class Calibrator:
    """Scores candidates on validation recordings, of which it holds the voxels that may become events."""

    def __init__(self, network, recordings, stride, largest_offset=LARGEST_OFFSET):
        """`largest_offset`: how far from 0 an offset may be; small ones need little memory and time."""
        self.recordings = recordings
        self.largest_offset = largest_offset
        self.candidates = [
            Candidates(event_probabilities(network, recording.normalised(), stride), recording.classes, recording.events,
                       largest_offset + LARGEST_RELAXATION, min(THRESHOLDS))
            for recording in recordings
        ]
        self.tried = {}

    @classmethod
    def of_several(cls, calibrators):
        """One that scores what several hold together; each may have a network of its own."""
        whole = cls(None, [], 0, calibrators[0].largest_offset)
        for one in calibrators:
            whole.recordings = [*whole.recordings, *one.recordings]
            whole.candidates += one.candidates
        return whole

    def scores(self, calibration):
        """`EventScores` of the validation recordings, pooled."""
        if calibration not in self.tried:
            total = EventScores()
            for candidates in self.candidates:
                total += event_scores(candidates.classes, candidates.events, *candidates.found(calibration))
            self.tried[calibration] = total
        return self.tried[calibration]

    def best(self, report=print):
        """Searches one offset after the other with finer and finer steps, then the threshold: best mean F1."""
        best = Calibration()
        for step in STEPS:
            improved = True
            while improved:
                start = best
                for position in range(len(EVENT_CLASSES)):
                    for direction in (-step, step):
                        best = self._climb(best, position, direction)
                improved = best != start
            names = ", ".join(f"{CLASS_NAMES[label]} {offset:+}" for label, offset in zip(EVENT_CLASSES, best.offsets))
            report(f"offsets {names}: mean F1 {self.scores(best).mean_f1:.3f}")
        candidates = [Calibration(best.offsets, threshold) for threshold in THRESHOLDS]
        # Of equals the middle one: plateaus end in cliffs.
        best_score = max(self.scores(candidate).mean_f1 for candidate in candidates)
        equals = [candidate for candidate in candidates if self.scores(candidate).mean_f1 == best_score]
        return equals[len(equals) // 2]

    def at_most(self, false_events_per_minute, report=print):
        """The least strict offsets with which no class has more false events in a minute of the recordings.

        None is more than `LARGEST_RELAXATION` above that of the best F1, where everything would become one event. The
        threshold is that of the best F1.
        """
        minutes = self.minutes
        start = self.best(report=lambda line: None)
        offsets = list(start.offsets)
        for _ in range(2):
            # Twice, since a voxel that one class gives up may go to another.
            for position in range(len(EVENT_CLASSES)):
                offsets[position] = self._least_strict(
                    offsets, start, position, false_events_per_minute * minutes
                )
        best = Calibration(tuple(offsets), start.threshold)
        for label, count in self.scores(best).counts.items():
            report(f"{CLASS_NAMES[label]}: offset {best.offsets[EVENT_CLASSES.index(label)]:+}, "
                   f"{(count.predicted - count.right) / minutes:.2f} false events per minute, recall {count.recall:.2f}")
        return best

    def _least_strict(self, offsets, start, position, most):
        def false_events(candidate):
            tried = (*offsets[:position], candidate, *offsets[position + 1 :])
            count = self.scores(Calibration(tried, start.threshold)).counts[EVENT_CLASSES[position]]
            return count.predicted - count.right

        relaxed = start.offsets[position] + LARGEST_RELAXATION
        candidates = [relaxed - step * FINEST_STEP for step in range(int((relaxed + 2 * LARGEST_OFFSET) / FINEST_STEP) + 1)]
        first, end = 0, len(candidates)
        while first < end:
            middle = (first + end) // 2
            first, end = (first, middle) if false_events(candidates[middle]) <= most else (middle + 1, end)
        if first == len(candidates):
            raise TrainingError(f"{CLASS_NAMES[EVENT_CLASSES[position]]}: more false events than that at any offset down to "
                                f"{-2 * LARGEST_OFFSET:g}; allow more, or train longer")
        return candidates[first]

    @property
    def minutes(self):
        """How long the recordings are together."""
        unknown = [recording.name for recording in self.recordings if not recording.frame_interval_ms]
        if unknown:
            raise TrainingError(f"{unknown[0]}_video.tif does not tell its frame interval; save it with ImageJ's metadata")
        return sum(len(recording.video) * recording.frame_interval_ms for recording in self.recordings) / 60_000

    def _climb(self, best, position, step):
        """Moves one offset by `step` as long as that helps."""
        while True:
            offsets = list(best.offsets)
            offsets[position] += step
            if abs(offsets[position]) > self.largest_offset:
                return best
            candidate = Calibration(tuple(offsets), best.threshold)
            if self.scores(candidate).mean_f1 <= self.scores(best).mean_f1:
                return best
            best = candidate
