"""The classical detector on events of known class, and the table made of known scores."""
import numpy as np
import pytest

import classical
import evaluate
import held_out

PIXEL_SIZE_UM, FRAME_INTERVAL_MS = 0.2, 6.8


@pytest.fixture
def noise():
    random = np.random.default_rng(1)
    movie = random.normal(100, 10, (200, 48, 160))
    movie[:, 40:] = random.normal(10, 3, movie[:, 40:].shape)
    return movie


def add(movie, frames, rows, columns, height):
    movie[frames, rows, columns] += height


def found(movie):
    classes, instances = classical.detect(np.clip(movie, 0, None).astype(np.uint16), PIXEL_SIZE_UM, FRAME_INTERVAL_MS)
    assert ((classes > 0) == (instances > 0)).all()
    return [int(classes[instances == number][0]) for number in range(1, instances.max() + 1)]


def test_noise_holds_nothing(noise):
    assert found(noise) == []


def test_duration_and_width_decide_the_class(noise):
    add(noise, slice(20, 26), slice(10, 18), slice(20, 28), 80)
    add(noise, slice(60, 110), slice(10, 20), slice(100, 110), 80)
    add(noise, slice(150, 160), slice(5, 35), slice(10, 150), 80)
    assert found(noise) == [classical.SPARK, classical.PUFF, classical.WAVE]


def test_what_lies_outside_of_the_cell_is_left_out(noise):
    add(noise, slice(20, 26), slice(42, 48), slice(20, 28), 40)
    assert found(noise) == []


def test_the_set_covers_every_band_and_holds_empty_recordings():
    recordings = held_out.recordings()
    assert len(recordings) >= 16
    assert sum(recording.events == "none" for recording in recordings) == 6
    assert sum(recording.events == "waves" for recording in recordings) > 3
    wanted = [recording.snr for recording in recordings if recording.snr is not None]
    assert (min(wanted), max(wanted)) == (1.5, 7.0)
    for _, low, high in evaluate.BANDS:
        assert sum(low <= snr < high for snr in wanted) == 10


def test_the_table_holds_every_number():
    def scores(value):
        metrics = {"precision": value, "recall": 0.5, "f1-score": 0.25}
        return {
            "annotated": {name: {"tot": 7} for name in evaluate.CLASSES},
            "predicted": {name: {"tot": 11} for name in evaluate.CLASSES},
            "metrics": {name: metrics for name in evaluate.CLASSES},
            "iou_pooled": {name: value for name in (*evaluate.CLASSES, "average")},
        }

    text = evaluate.markdown({
        "set": {"seed": 1, "frames": 10, "style": "usual", "recordings": [{}, {}]},
        "model_sha256": "0123456789abcdef",
        "groups": {"all": ["01"], "SNR90 above 4": ["01"], "without events": ["02"]},
        "methods": {
            name: {"groups": {group: scores(value) for group in ("all", "SNR90 above 4", "without events")}}
            for name, value in (("one", 0.125), ("two", 0.875))
        },
    })
    assert "| all (1) | sparks | 7 | 0.12 / 0.50 / **0.25** | 0.88 / 0.50 / **0.25** |" in text
    assert "| SNR90 above 4 (1) | waves | 7 |" in text
    assert "| IoU of voxels, puffs | 0.125 | 0.875 |" in text
    assert "| false events in 1 recordings without events | 11 sparks, 11 puffs, 11 waves | 11 sparks" in text
    assert "sparks 0.39 / 0.58 / **0.47**" in text
