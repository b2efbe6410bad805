from argparse import ArgumentTypeError
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from sparkwatch_training import BACKGROUND, PUFF, SPARK, UNDEFINED, WAVE, TrainingError
from sparkwatch_training.class_order import ClassOrder, class_order, doubt
from sparkwatch_training.crops import CropSampler, Variation, stretched
from sparkwatch_training.recordings import read_recordings

UNCHANGED = Variation(
    gain=(1, 1), dark_level_deviation=0, dark_level_shift=(0, 0), texture=(0, 0), blur=(0, 0), flicker=(0, 0),
    shot_noise=(1e-12, 1e-12), stretched_share=0, padded_share=0,
)


def test_normalisation_is_that_of_the_detector(data_folder):
    recording = read_recordings(data_folder)[0]
    low = recording.video.min()
    expected = (recording.video.astype(np.float64) - low) / (65535 - low)
    assert np.abs(recording.normalised() - expected).max() < 1e-7
    assert np.array_equal(recording.normalised(np.s_[3:9, :, 4:8]), recording.normalised()[3:9, :, 4:8])


def test_events_are_found_by_class(data_folder):
    boxes = read_recordings(data_folder, for_training=True)[0].boxes
    assert {label: len(found) for label, found in boxes.items()} == {SPARK: 2, WAVE: 1, PUFF: 1}
    assert boxes[WAVE][0] == np.s_[20:28, 4:16, 9:17]


def test_masks_with_other_numbers_are_read_by_their_order(data_folder, capsys):
    own = read_recordings(data_folder)[0]
    assert not capsys.readouterr().err
    path = data_folder / "01_class_label.tif"
    tifffile.imwrite(path, np.array([0, 1, 3, 2, 4], np.uint8)[own.classes], photometric="minisblack")
    assert np.array_equal(read_recordings(data_folder, order=class_order("spark,puff,wave"))[0].classes, own.classes)
    assert np.array_equal(class_order("Undefined, wave,puff,spark").own(np.arange(6, dtype=np.uint8)), [0, UNDEFINED, WAVE, PUFF, SPARK, 5])
    for wrong in ("spark,wave", "spark,wave,wave", "spark,wave,blink", ""):
        with pytest.raises(ArgumentTypeError, match="no order of classes"):
            class_order(wrong)


def test_swapped_puffs_and_waves_are_said():
    wave, puff = np.s_[20:28, 4:16, 9:100], np.s_[20:90, 4:16, 9:20]
    assert doubt({WAVE: [wave], PUFF: [puff]}) is None and doubt({WAVE: [puff], PUFF: []}) is None
    assert doubt({WAVE: [puff], PUFF: [wave]}) == "1 puffs reach over 91 pixels, 1 waves over 12"
    assert str(ClassOrder().swapped) == "spark,puff,wave" and ClassOrder().swapped.swapped == ClassOrder()


def test_eight_bit_movies_span_the_sixteen_bit_range(data_folder):
    tifffile.imwrite(data_folder / "01_video.tif", np.full((80, 24, 40), 255, np.uint8), photometric="minisblack")
    assert read_recordings(data_folder)[0].video.max() == 255 << 8


@pytest.mark.parametrize(
    "kind, movie, word",
    [
        ("class_label", np.zeros((79, 24, 40), np.uint8), "shape"),
        ("class_label", np.full((80, 24, 40), 5, np.uint8), "unknown"),
        ("video", np.zeros((80, 24, 40), np.float32), "float32"),
        ("video", np.zeros((24, 40), np.uint16), "axes"),
    ],
)
def test_wrong_files_are_refused(data_folder, kind, movie, word):
    tifffile.imwrite(data_folder / f"01_{kind}.tif", movie, photometric="minisblack")
    with pytest.raises(TrainingError, match=word):
        read_recordings(data_folder)


def test_missing_files_are_refused(data_folder, tmp_path):
    (data_folder / "02_event_label.tif").unlink()
    with pytest.raises(TrainingError, match="02_event_label.tif"):
        read_recordings(data_folder)
    with pytest.raises(TrainingError, match="holds no"):
        read_recordings(tmp_path)


def test_crops_are_windows_of_the_movie(data_folder):
    recordings = read_recordings(data_folder, for_training=True)
    sampler = CropSampler(recordings, UNCHANGED, seed=3)
    shape = (32, 16, 16)
    for _ in range(20):
        video, labels = sampler.draw(shape)
        assert video.shape == labels.shape == shape
        assert any(holds(recording, video, labels) for recording in recordings)


def holds(recording, video, labels):
    """Whether the crop, flipped back in any way, occurs in the recording with its labels."""
    movie = recording.normalised()
    for flips in ((), (1,), (2,), (1, 2)):
        crop, crop_labels = np.flip(video, flips), np.flip(labels, flips)
        windows = np.lib.stride_tricks.sliding_window_view(movie, crop.shape)
        for start in np.argwhere(np.abs(windows[..., 0, 0, 0] - crop[0, 0, 0]) < 1e-5):
            region = tuple(slice(at, at + size) for at, size in zip(start, crop.shape))
            if np.abs(movie[region] - crop).max() < 1e-5 and np.array_equal(recording.classes[region], crop_labels):
                return True
    return False


def test_some_crops_reach_beyond_the_movie(data_folder):
    sampler = CropSampler(read_recordings(data_folder, for_training=True), replace(UNCHANGED, padded_share=1), seed=3)
    ends = []
    for _ in range(60):
        video, labels = sampler.draw((32, 16, 16))
        beyond = np.flatnonzero((video == 0).all(axis=(1, 2)))
        assert 1 <= len(beyond) <= 8 and np.array_equal(beyond, np.arange(beyond[0], beyond[-1] + 1))
        assert (labels[beyond] == BACKGROUND).all()
        ends.append(beyond[0] == 0)
        assert ends[-1] or beyond[-1] == 31
    assert 0.2 < np.mean(ends) < 0.8


def test_stretching_keeps_intensity_and_labels_together():
    columns = np.repeat([0, 1, 0], [30, 12, 22])
    video, labels = np.broadcast_to(columns, (4, 3, 64)).astype(np.float32), np.broadcast_to(columns, (4, 3, 64))
    for width in (48, 64, 90):
        wide, classes = stretched(video, labels, width)
        assert wide.shape == classes.shape == (4, 3, width) and wide.dtype == np.float32
        assert np.abs(wide - classes).max() <= 0.5
        assert abs(classes[0, 0].sum() - 12 * width / 64) <= 1
    assert np.array_equal(stretched(video, labels, 64)[0], video)


def test_stretched_crops_show_more_or_less_of_the_width(data_folder):
    variation = replace(UNCHANGED, stretched_share=1, stretch=(2, 2))
    recordings = read_recordings(data_folder, for_training=True)
    video, labels = CropSampler(recordings, variation, seed=6).draw((32, 16, 16))
    assert video.shape == labels.shape == (32, 16, 16)
    assert (labels != UNDEFINED).all()
    widths = [len(movie.video[0, 0]) for movie in recordings]
    video, labels = CropSampler(recordings, variation, seed=7).draw((32, 16, 2 * max(widths)))
    assert (labels != UNDEFINED).any(axis=(0, 1)).sum() in [2 * width for width in widths]


def test_crops_favour_events(data_folder):
    sampler = CropSampler(read_recordings(data_folder, for_training=True), seed=4)
    drawn = [sampler.draw((16, 8, 8))[1] for _ in range(300)]
    share_with_wave = np.mean([(labels == WAVE).any() for labels in drawn])
    assert share_with_wave > 0.15


def test_small_movies_are_filled_with_undefined(data_folder):
    video, labels = CropSampler(read_recordings(data_folder, for_training=True), seed=5).draw((128, 64, 64))
    assert (labels == UNDEFINED).sum() >= labels.size - 80 * 24 * 40
    assert (labels != UNDEFINED).any()
    assert video.min() <= 0 < video.max()


def test_variation_changes_intensity_within_limits():
    rng = np.random.default_rng(0)
    video = np.full((4, 16, 16), 0.2, np.float32)
    varied = [Variation().apply(video.copy(), rng) for _ in range(200)]
    assert np.isfinite(varied).all()
    means = np.mean(varied, axis=(1, 2, 3))
    assert 0.06 < means.min() < 0.1
    assert 0.4 < means.max() < 0.6
    assert Variation(gain=(50, 50)).apply(video.copy(), rng).max() <= 1


def test_small_fields_get_no_extreme_texture():
    rng = np.random.default_rng(1)
    still = np.full((1, 12, 12), 0.01, np.float32)
    changed = [Variation(gain=(1, 1), texture_length=(25, 25)).apply(still, rng) for _ in range(100)]
    assert np.max(changed) < 0.1
