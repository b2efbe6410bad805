"""Offsets of the class scores, and the live threshold, with which a network finds events best.

A network trained on crops around events believes in events too easily, and an overlap loss says little about small false ones.
A constant for each class, added to its score, mends both without training; it becomes a part of the last bias.
"""

from dataclasses import dataclass

import numpy as np

from . import CLASS_NAMES, EVENT_CLASSES, TrainingError
from .inference import event_probabilities
from .instances import class_mask, instances
from .scores import EventScores, event_scores

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(6, 16))
"""Candidates for the threshold on the total event probability."""

STEPS = (2.0, 1.0, 0.5)
"""Steps of the search for an offset, from coarse to fine, in natural logarithms of odds against background."""

LARGEST_OFFSET = 8.0

FINEST_STEP = STEPS[-1]

LARGEST_RELAXATION = 2.0
"""How far above the offset of the best F1 one for a rate of false events may lie."""

LEAST_LOG_PROBABILITY = -30.0


@dataclass(frozen=True)
class Calibration:
    """What to add to the scores of spark, wave and puff, and the threshold to use after that."""

    offsets: tuple = (0.0, 0.0, 0.0)
    threshold: float = 0.5


def shifted(log_probabilities, offsets):
    """Log probabilities (4, t, y, x) to probabilities, after `offsets` were added to the event classes."""
    scores = log_probabilities.astype(np.float32)
    for label, offset in zip(EVENT_CLASSES, offsets):
        scores[label] += np.float32(offset)
    np.exp(scores, out=scores)
    return scores / scores.sum(axis=0)


class Calibrator:
    """Scores candidates on validation recordings, whose log probabilities it holds in half precision."""

    def __init__(self, network, recordings, stride):
        self.recordings = recordings
        self.log_probabilities = []
        for recording in recordings:
            probabilities = event_probabilities(network, recording.normalised(), stride)
            floor = np.float32(np.exp(LEAST_LOG_PROBABILITY))
            self.log_probabilities.append(np.log(np.maximum(probabilities, floor)).astype(np.float16))
        self.tried = {}

    def scores(self, calibration):
        """`EventScores` of the validation recordings, pooled."""
        if calibration not in self.tried:
            total = EventScores()
            for recording, log_probabilities in zip(self.recordings, self.log_probabilities):
                mask = class_mask(shifted(log_probabilities, calibration.offsets), calibration.threshold)
                total += event_scores(recording.classes, recording.events, *instances(mask))
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
            if abs(offsets[position]) > LARGEST_OFFSET:
                return best
            candidate = Calibration(tuple(offsets), best.threshold)
            if self.scores(candidate).mean_f1 <= self.scores(best).mean_f1:
                return best
            best = candidate
