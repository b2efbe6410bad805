"""F1 of events pooled over cells, and what chance may do to it: a bootstrap over cells."""

from dataclasses import asdict, dataclass

import numpy as np

from .. import CLASS_NAMES, EVENT_CLASSES

REPEATS = 5000


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval over cells."""

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"

    @property
    def signed(self):
        """As a difference."""
        return f"{self.value:+.2f} ({self.low:+.2f} to {self.high:+.2f})"


def f1(counts):
    """F1 of counts (..., 4) as `Judge.counts` gives them; NaN where nothing is annotated and nothing found."""
    right, predicted, found, annotated = np.moveaxis(np.asarray(counts, float), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(predicted > 0, right / predicted, 0.0)
        recall = np.where(annotated > 0, found / annotated, 0.0)
        value = np.where(precision + recall > 0, 2 * precision * recall / (precision + recall), 0.0)
    return np.where((annotated > 0) | (predicted > 0), value, np.nan)


def mean_f1(counts):
    """Mean over the classes (..., class, 4) that are annotated or found; NaN without any."""
    values = f1(counts)
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, values, 0).sum(axis=-1) / known.sum(axis=-1)


def _draws(cells):
    """Which cells are drawn, with replacement; the same for every model, so that differences are paired."""
    return np.random.default_rng(1).integers(0, cells, (REPEATS, cells))


def _estimate(whole, drawn):
    """None where nothing is known."""
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(whole) or not len(drawn):
        return None
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Estimate(float(whole), float(low), float(high))


def estimates(counts, other=None):
    """F1 by the name of the class, and `mean`, of counts (cell, class, 4); with `other` the gain from that to `counts`."""
    draws = _draws(len(counts))
    pooled, drawn = counts.sum(axis=0), counts[draws].sum(axis=1)
    values = [(f1(pooled), f1(drawn)), (mean_f1(pooled)[None], mean_f1(drawn)[:, None])]
    if other is not None:
        before, before_drawn = other.sum(axis=0), other[draws].sum(axis=1)
        less = [(f1(before), f1(before_drawn)), (mean_f1(before)[None], mean_f1(before_drawn)[:, None])]
        values = [(whole - a, many - b) for (whole, many), (a, b) in zip(values, less)]
    names = [CLASS_NAMES[label] for label in EVENT_CLASSES]
    result = {name: _estimate(values[0][0][at], values[0][1][:, at]) for at, name in enumerate(names)}
    return result | {"mean": _estimate(values[1][0][0], values[1][1][:, 0])}


@dataclass(frozen=True)
class Verdict:
    """Whether a model is better, and why."""

    is_better: bool
    reason: str


def verdict(before, after):
    """Better is what gains beyond chance in the mean of the classes, and loses beyond chance in none."""
    gain = estimates(after, before)
    mean = gain["mean"]
    if mean is None:
        return Verdict(False, "no event of the compared cells can be judged")
    worse = [name for name, one in gain.items() if one is not None and name != "mean" and one.high < 0]
    if worse:
        return Verdict(False, f"{' and '.join(f'{name}s' for name in worse)} are found worse than before, beyond chance")
    if mean.low <= 0:
        return Verdict(False, f"the gain in mean F1, {mean.signed}, may be chance")
    return Verdict(True, f"mean F1 rises by {mean.signed}, beyond chance, and no class is found worse beyond chance")


def as_json(table):
    """Estimates as plain numbers, rounded."""
    return {name: None if one is None else {key: round(value, 4) for key, value in asdict(one).items()}
            for name, one in table.items()}
