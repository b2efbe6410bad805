"""Found and missed events: instances match where they share at least half of the smaller one (IoMin)."""

from dataclasses import dataclass, field

import numpy as np

from . import CLASS_NAMES, EVENT_CLASSES, UNDEFINED

LEAST_IOMIN = 0.5


@dataclass
class ClassCount:
    """Events of one class, counted over any number of movies."""

    annotated: int = 0
    found: int = 0
    """Annotated events with a predicted one of the same class."""
    predicted: int = 0
    """Without those that match nothing and lie on undefined voxels."""
    right: int = 0
    """Predicted events with an annotated one of the same class."""

    @property
    def precision(self):
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self):
        return self.found / self.annotated if self.annotated else 0.0

    @property
    def f1(self):
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __iadd__(self, other):
        self.annotated += other.annotated
        self.found += other.found
        self.predicted += other.predicted
        self.right += other.right
        return self


@dataclass
class EventScores:
    """Counts of the three classes."""

    counts: dict = field(default_factory=lambda: {label: ClassCount() for label in EVENT_CLASSES})

    def __iadd__(self, other):
        for label in EVENT_CLASSES:
            self.counts[label] += other.counts[label]
        return self

    @property
    def mean_f1(self):
        """Mean F1 over the classes that are annotated at all."""
        present = [count.f1 for count in self.counts.values() if count.annotated]
        return float(np.mean(present)) if present else 0.0

    def as_dict(self):
        return {
            CLASS_NAMES[label]: {
                "annotated": count.annotated,
                "found": count.found,
                "predicted": count.predicted,
                "right": count.right,
                "precision": round(count.precision, 4),
                "recall": round(count.recall, 4),
                "f1": round(count.f1, 4),
            }
            for label, count in self.counts.items()
        }


def event_scores(true_classes, true_numbers, classes, numbers):
    """Scores of one movie; annotated events are distinct (class, number) pairs."""
    truth, truth_of_class = _renumber(true_classes, true_numbers)
    found, found_of_class = _renumber(classes, numbers)
    rows, columns = int(truth.max()) + 1, int(found.max()) + 1
    overlap = np.bincount((truth * columns + found).ravel(), minlength=rows * columns).reshape(rows, columns)
    smaller = np.minimum.outer(overlap.sum(axis=1), overlap.sum(axis=0))
    matches = overlap >= LEAST_IOMIN * np.maximum(smaller, 1)
    matches[0] = matches[:, 0] = False
    size = np.bincount(found.ravel(), minlength=columns)
    on_undefined = np.bincount(found[true_classes == UNDEFINED], minlength=columns)
    excused = ~matches.any(axis=0) & (on_undefined >= LEAST_IOMIN * size)

    scores = EventScores()
    for label in EVENT_CLASSES:
        pairs = matches[np.ix_(truth_of_class[label], found_of_class[label])]
        scores.counts[label] = ClassCount(
            annotated=pairs.shape[0],
            found=int(pairs.any(axis=1).sum()),
            predicted=int((~excused[found_of_class[label]]).sum()),
            right=int(pairs.any(axis=0).sum()),
        )
    return scores


def _renumber(classes, numbers):
    """Consecutive numbers from 1 for the (class, number) pairs, and the numbers of each class."""
    result = np.zeros(classes.shape, np.int64)
    of_class, count = {}, 0
    for label in EVENT_CLASSES:
        members = (classes == label) & (numbers > 0)
        distinct, position = np.unique(numbers[members], return_inverse=True)
        result[members] = position + count + 1
        of_class[label] = np.arange(count + 1, count + 1 + len(distinct))
        count += len(distinct)
    return result, of_class


def voxel_overlap(true_classes, classes):
    """Intersection and union of voxels by class, undefined voxels left out: {class: (intersection, union)}."""
    known = true_classes != UNDEFINED
    overlap = {}
    for label in EVENT_CLASSES:
        truth, found = true_classes == label, (classes == label) & known
        overlap[label] = (int((truth & found).sum()), int((truth | found).sum()))
    return overlap
