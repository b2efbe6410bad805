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
        metrics = {"precision": value, "recall": 0.5, "f1-score": 0.25, "detected": 0.75, "correctly_classified": 1.0}
        annotated = {"tot": 7, "sparks": 1, "puffs": 2, "waves": 3, "undetected": 4}
        predicted = {"tot": 11, "sparks": 5, "puffs": 6, "waves": 7, "unlabeled": 8, "ignored": 9}
        return {
            "annotated": dict.fromkeys(evaluate.CLASSES, annotated),
            "predicted": dict.fromkeys(evaluate.CLASSES, predicted),
            "metrics": dict.fromkeys(evaluate.CLASSES, metrics),
            "iou_pooled": dict.fromkeys((*evaluate.CLASSES, "average", "binary"), value),
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
    assert "| without events (1) | sparks, puffs, waves | 0 | 11, 11, 11 found | 11, 11, 11 found |" in text
    assert "| two | 0.875 | 0.875 | 0.875 | 0.875 | 0.875 |" in text
    assert "| published | 0.195 | 0.181 | 0.279 | 0.220 | 0.339 |" in text
    assert "| one | puffs | 7 | 1 | 2 | 3 | 4 |" in text
    assert "| one | puffs | 11 | 5 | 6 | 7 | 8 | 9 |" in text
    assert "| one | waves | 0.12 | 0.50 | 0.25 | 0.75 | 1.00 |" in text
    assert "| published | sparks | 0.39 | 0.58 | 0.47 | 0.66 | 0.59 |" in text
