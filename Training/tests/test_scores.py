import json

import numpy as np
import pytest
import tifffile

from sparkwatch_training import PUFF, SPARK, WAVE
from sparkwatch_training.evaluation import otsu, signal_to_noise
from sparkwatch_training.instances import class_mask, instances
from sparkwatch_training.recordings import Recording
from sparkwatch_training.scores import EventScores, event_scores


@pytest.mark.parametrize("case", ["case1", "case2"])
def test_counts_are_the_published_ones(fixtures, case):
    folder = fixtures / "eval" / case
    scores = EventScores()
    for annotation in sorted(folder.glob("*_class_label.tif")):
        movie = annotation.name.removesuffix("_class_label.tif")
        files = ("class_label", "event_label", "class", "instances")
        scores += event_scores(*(tifffile.imread(folder / f"{movie}_{file}.tif") for file in files))
    expected = json.loads((folder / "expected.json").read_text())
    for label, name in ((SPARK, "sparks"), (WAVE, "waves"), (PUFF, "puffs")):
        count = scores.counts[label]
        assert count.annotated == expected["annotated"][name]["tot"]
        assert count.found == expected["annotated"][name][name]
        assert count.predicted == expected["predicted"][name]["tot"] - expected["predicted"][name]["ignored"]
        assert count.right == expected["predicted"][name][name]
        assert count.f1 == pytest.approx(expected["metrics"][name]["f1-score"], abs=1e-12)


@pytest.mark.parametrize("case", ["mixed", "sparks", "slow", "empty"])
def test_masks_are_the_published_ones(fixtures, case):
    folder = fixtures / "post" / case
    events = [tifffile.imread(folder / f"prob_{name}.tif") for name in ("sparks", "waves", "puffs")]
    expected = json.loads((folder / "expected.json").read_text())
    probabilities = np.stack([1 - sum(events), *events])
    mask = class_mask(probabilities, expected["otsu"])
    assert np.mean(mask != tifffile.imread(folder / "expected_raw_class.tif")) < 1e-4
    assert otsu(sum(events)) == pytest.approx(expected["otsu"], abs=0.01)
    classes, numbers = instances(mask)
    expected_numbers = tifffile.imread(folder / "expected_instances.tif")
    expected_classes = tifffile.imread(folder / "expected_class.tif")
    for label in (WAVE, PUFF):
        ours, theirs = numbers[classes == label], expected_numbers[expected_classes == label]
        assert ours.shape == theirs.shape
        assert len(np.unique(np.stack([ours, theirs]), axis=1).T) == len(np.unique(theirs))


def test_signal_to_noise_follows_its_definition():
    rng = np.random.default_rng(0)
    video = rng.normal(1000, 10, (200, 20, 20)) + rng.normal(0, 150, (20, 20))
    video[:, 5:15] = rng.normal(3000, 100, (200, 10, 20))
    classes = np.zeros(video.shape, np.uint8)
    classes[50:60, 8:12, 8:12] = SPARK
    video[50:60, 8:12, 8:12] += 300
    recording = Recording("x", video.astype(np.uint16), classes, classes.astype(np.int32), None, 900)
    assert signal_to_noise(recording) == pytest.approx(3 + 1.28, abs=0.25)
