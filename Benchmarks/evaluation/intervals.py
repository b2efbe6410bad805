"""Scores with bootstrap intervals over recordings, and what confidence means."""
import numpy as np
from scipy import stats

CLASSES = ("sparks", "puffs", "waves")
REPEATS = 2000
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def counts(score, name):
    """(right, predicted, found, annotated) of a class, from what `sparkwatch score` wrote; they add up over recordings."""
    predicted, annotated = score["predicted"][name], score["annotated"][name]
    return predicted[name], predicted["tot"] - predicted["ignored"], annotated[name], annotated["tot"]


def f1(sums):
    """F1 of counts (..., 4); NaN where nothing is annotated."""
    right, predicted, found, annotated = np.moveaxis(np.asarray(sums, float), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = np.where(predicted > 0, right / predicted, 0), found / annotated
        return np.where(annotated > 0, np.where(precision + recall > 0, 2 * precision * recall / (precision + recall), 0), np.nan)


def resampled(length, seed=1):
    """Indices of `REPEATS` draws with replacement."""
    return np.random.default_rng(seed).integers(0, length, (REPEATS, length))


def with_interval(table):
    """F1 of recordings' counts (recording, 4) pooled, with its 95 % interval over recordings; None without annotations."""
    table = np.asarray(table)
    whole = f1(table.sum(axis=0))
    if np.isnan(whole):
        return None
    low, high = np.nanpercentile(f1(table[resampled(len(table))].sum(axis=1)), (2.5, 97.5))
    right, predicted, found, annotated = table.sum(axis=0).tolist()
    return {"f1": round(float(whole), 4), "low": round(float(low), 4), "high": round(float(high), 4),
            "precision": round(right / predicted, 4) if predicted else 0.0, "recall": round(found / annotated, 4),
            "events": annotated, "recordings": len(table)}


def difference(table, other):
    """F1 of one model minus that of another on the same recordings, with its 95 % interval; None without annotations."""
    table, other = np.asarray(table), np.asarray(other)
    whole = f1(table.sum(axis=0)) - f1(other.sum(axis=0))
    if np.isnan(whole):
        return None
    draws = resampled(len(table))
    low, high = np.nanpercentile(f1(table[draws].sum(axis=1)) - f1(other[draws].sum(axis=1)), (2.5, 97.5))
    return {"difference": round(float(whole), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def median_of(values):
    """The median of several numbers, its 95 % interval over them, and the least."""
    values = np.asarray(values, float)
    low, high = np.percentile(np.median(values[resampled(len(values))], axis=1), (2.5, 97.5))
    return {"median": round(float(np.median(values)), 4), "low": round(float(low), 4), "high": round(float(high), 4),
            "least": round(float(values.min()), 4)}


def rate(events, minutes):
    """Events per minute with the exact 95 % Poisson interval."""
    low = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    high = stats.chi2.ppf(0.975, 2 * events + 2) / 2
    return {"events": events, "minutes": round(minutes, 2), "per_minute": round(events / minutes, 4),
            "low": round(low / minutes, 4), "high": round(high / minutes, 4)}


def judged(true_classes, true_events, classes, instances):
    """For every found event its number, class and whether it is right: half of the smaller one shared with one of its class.

    None instead where it matches nothing and lies on voxels that the annotation leaves undefined.
    """
    verdicts = []
    sizes = np.bincount(true_events.ravel())
    class_of = np.zeros(len(sizes), np.uint8)
    class_of[true_events.ravel()] = true_classes.ravel()
    for number in np.unique(instances[instances > 0]):
        members = instances == number
        label, size = int(classes[members][0]), int(members.sum())
        shared = np.bincount(true_events[members], minlength=len(sizes))
        partners = [event for event in np.flatnonzero(shared)
                    if event > 0 and class_of[event] in (1, 2, 3) and shared[event] >= 0.49988 * min(size, sizes[event])]
        ignored = not partners and (true_classes[members] == 4).mean() >= 0.5
        verdicts.append((int(number), label, None if ignored else any(class_of[event] == label for event in partners)))
    return verdicts


def reliability(events):
    """Of events (confidence, right) by bins of confidence: how many, their mean confidence and the share that is right."""
    confidence = np.array([event[0] for event in events], float)
    right = np.array([event[1] for event in events], bool)
    rows, error = [], 0.0
    for low, high in zip(BINS, BINS[1:]):
        inside = (confidence >= low) & ((confidence < high) | (high == 1.0))
        if inside.any():
            count, mean, share = int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean())
            rows.append({"from": low, "to": high, "events": count, "confidence": round(mean, 4), "right": round(share, 4)})
            error += count * abs(mean - share) / len(events)
    return {"bins": rows, "expected_error": error if events else None}
