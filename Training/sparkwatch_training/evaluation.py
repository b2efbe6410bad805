"""How well a network finds events: scores by threshold, by class and by signal-to-noise ratio."""

import numpy as np

from . import CLASS_NAMES, EVENT_CLASSES, UNDEFINED
from .inference import event_probabilities
from .instances import class_mask, instances
from .scores import EventScores, event_scores

SNR_BANDS = ((0.0, 2.4), (2.4, 4.0), (4.0, float("inf")))


def signal_to_noise(recording):
    """SNR90: 90th percentile of event pixels over the mean of quiet cell pixels, in SDs of quiet cell pixels.

    Cell pixels are those whose mean over time exceeds Otsu's threshold of the mean image. None without events.
    """
    in_event = (recording.classes != 0) & (recording.classes != UNDEFINED)
    if not in_event.any():
        return None
    mean_image = recording.video.mean(axis=0)
    quiet = recording.video[(recording.classes == 0) & (mean_image > otsu(mean_image))]
    return float((np.percentile(recording.video[in_event], 90) - quiet.mean()) / quiet.std())


def otsu(values, bins=256):
    """Otsu's threshold of any array; where all values are equal, that value."""
    if values.min() == values.max():
        return float(values.min())
    counts, edges = np.histogram(values, bins)
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    mean_below = np.cumsum(counts * centres) / np.maximum(below, 1)
    mean_above = np.cumsum((counts * centres)[::-1])[::-1] / np.maximum(above, 1)
    between = below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2
    return float(centres[between.argmax()])


def evaluate(network, recordings, threshold, stride, report=print):
    """Scores by group: {"all": ..., "SNR90 2.4-4.0": ..., "without events": ...}.

    `threshold` None: Otsu's threshold of each movie, as the published pipeline sets it.
    """
    groups = {"all": EventScores()}
    for recording in recordings:
        probabilities = event_probabilities(network, recording.normalised(), stride)
        used = otsu(probabilities[1:].sum(axis=0)) if threshold is None else threshold
        scores = _scores(recording, probabilities, used)
        ratio = signal_to_noise(recording)
        report(f"{recording.name}: SNR90 {'-' if ratio is None else f'{ratio:.2f}'}, threshold {used:.3f}, "
               + ", ".join(f"{CLASS_NAMES[label]} {count.found}/{count.annotated} found, "
                           f"{count.right}/{count.predicted} right" for label, count in scores.counts.items()))
        for group in ("all", _band(ratio)):
            groups.setdefault(group, EventScores())
            groups[group] += scores
    return groups


def table(groups):
    """Scores as a Markdown table."""
    lines = ["| recordings | class | annotated | found | missed | predicted | right | precision | recall | F1 |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for group, scores in groups.items():
        for label in EVENT_CLASSES:
            count = scores.counts[label]
            lines.append(f"| {group} | {CLASS_NAMES[label]} | {count.annotated} | {count.found} | "
                         f"{count.annotated - count.found} | {count.predicted} | {count.right} | "
                         f"{count.precision:.2f} | {count.recall:.2f} | {count.f1:.2f} |")
    return "\n".join(lines)


def _scores(recording, probabilities, threshold):
    return event_scores(recording.classes, recording.events, *instances(class_mask(probabilities, threshold)))


def _band(ratio):
    if ratio is None:
        return "without events"
    low, high = next(band for band in SNR_BANDS if ratio < band[1])
    return f"SNR90 above {low}" if high == float("inf") else f"SNR90 {low}-{high}"
