"""Recordings that are simulated while training goes on, and crops of them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from conftest import write_recording

from sparkwatch_training import BACKGROUND, TrainingError, worlds
from sparkwatch_training.crops import CropSampler, batched, votes
from sparkwatch_training.odd import odd_movie
from sparkwatch_training.pool import PoolSampler
from sparkwatch_training.recordings import read_recordings
from sparkwatch_training.simulation import Simulation

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SPARKWATCH_BINARIES", ROOT / ".build/release")) / "sparksim"
SHAPE = (16, 8, 16)


@pytest.fixture
def fast(tmp_path):
    """A program that takes sparksim's place: it copies a recording, and notes what it was asked for."""
    source = tmp_path / "source"
    source.mkdir()
    write_recording(source, "01")
    program = tmp_path / "sparksim"
    program.write_text(f"""#!/bin/sh
echo "$@" >> {tmp_path}/calls
for word; do [ "$last" = --output ] && out=$word; [ "$last" = --first-number ] && number=$(printf %02d $word); last=$word; done
for kind in video class_label event_label; do cp {source}/01_$kind.tif $out/${{number}}_$kind.tif; done
cp {source}/01_class_label.tif $out/${{number}}_class_label_2.tif
echo "{{}}" > $out/${{number}}_events.json
""")
    program.chmod(0o755)
    return program


def pool(program, folder, **changes):
    values = dict(size=4, draws_per_recording=3, seed=5, odd_share=0.2) | changes
    return PoolSampler(Simulation(program, folder, seed=5, workers=2, ahead=2), **values)


def test_crops_depend_on_their_number_alone(fast, tmp_path):
    straight = pool(fast, tmp_path / "a")
    drawn = [straight.draw(SHAPE) for _ in range(12)]
    resumed = pool(fast, tmp_path / "b", threads=3)
    resumed.resume(7)
    for video, labels in drawn[7:]:
        other_video, other_labels = resumed.draw(SHAPE)
        assert np.array_equal(video, other_video) and np.array_equal(labels, other_labels)
    assert len({video.tobytes() for video, _ in drawn}) == 12


def test_the_oldest_recording_goes_when_a_new_one_comes(fast, tmp_path):
    sampler = pool(fast, tmp_path / "out", draws_per_recording=2)
    for _ in range(9):
        sampler.draw(SHAPE)
    sampler.draw(SHAPE)
    assert min(sampler.held) == sampler.first_of(9) == 5
    left = {int(path.name[:2]) for path in (tmp_path / "out").glob("*_events.json")}
    assert min(left) == 5 and {5, 6, 7, 8} <= left <= set(range(5, 12))
    calls = (tmp_path / "calls").read_text().splitlines()
    numbers = sorted(int(line.split("--first-number ")[1].split()[0]) for line in calls)
    assert numbers == list(range(1, numbers[-1] + 1)), "each once"

    again = pool(fast, tmp_path / "out", draws_per_recording=2)
    again.resume(14)
    again.draw(SHAPE)
    assert min(int(path.name[:2]) for path in (tmp_path / "out").glob("*_events.json")) == 8
    assert len((tmp_path / "calls").read_text().splitlines()) - len(calls) <= 6, "files that are there are used"


def test_the_program_may_be_named_from_here(fast, tmp_path, monkeypatch):
    monkeypatch.chdir(fast.parent)
    assert Simulation(fast.name, "out", 1).recording(1).name == "01"


def test_a_simulation_that_fails_is_named(tmp_path):
    program = tmp_path / "sparksim"
    program.write_text("#!/bin/sh\necho Error: no space >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(TrainingError, match="no space"):
        Simulation(program, tmp_path / "out", 1).recording(1)
    with pytest.raises(TrainingError, match="no program"):
        Simulation(tmp_path / "missing", tmp_path / "out", 1)


def test_annotators_vote(data_folder):
    first = tifffile.imread(data_folder / "01_class_label.tif")
    second = np.where(first == 1, 0, first).astype(np.uint8)
    tifffile.imwrite(data_folder / "01_class_label_2.tif", second, photometric="minisblack")
    recording = read_recordings(data_folder, for_training=True)[0]
    shares = votes(recording.annotations())
    assert shares.shape == (4, *first.shape) and shares.dtype == np.float32
    assert np.array_equal(shares[1], 0.5 * (first == 1)) and np.array_equal(shares[2], first == 2)
    assert np.array_equal(shares.sum(axis=0), first != 4)
    video, labels = CropSampler([recording], seed=1).draw((32, 16, 16))
    assert video.shape == (32, 16, 16) and labels.shape == (4, 32, 16, 16)
    tifffile.imwrite(data_folder / "01_class_label_2.tif", second[:-1], photometric="minisblack")
    with pytest.raises(TrainingError, match="01_class_label_2.tif"):
        read_recordings(data_folder, for_training=True)


def test_a_batch_may_mix_one_and_several_annotators():
    labels = np.array([[[0, 1], [4, 3]]])
    shares = np.zeros((4, 1, 2, 2), np.float32)
    mixed = batched([labels, shares])
    assert mixed.shape == (2, 4, 1, 2, 2) and mixed[0, :, 0].tolist() == [[[1, 0], [0, 0]], [[0, 1], [0, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 1]]]
    assert batched([labels, labels]).shape == (2, 1, 2, 2)


def test_odd_movies_are_within_the_range_of_the_network():
    rng = np.random.default_rng(3)
    for _ in range(60):
        movie = odd_movie((24, 16, 20), rng)
        assert movie.shape == (24, 16, 20) and movie.dtype == np.float32
        assert np.isfinite(movie).all() and movie.min() >= 0 and movie.max() <= 1


def test_training_never_sees_a_held_out_style():
    drawn = [worlds.arguments(3, number) for number in range(1, 400)]
    styles = [words[words.index("--style") + 1] for words in drawn]
    assert set(styles) == set(worlds.STYLES) and not set(styles) & set(worlds.HELD_OUT)
    assert worlds.arguments(3, 7) == drawn[6] != worlds.arguments(4, 7)


def test_sparksim_makes_what_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(worlds, "FRAMES", 24)
    monkeypatch.setattr(worlds, "WIDTHS", (48,))
    sampler = PoolSampler(Simulation(PROGRAM, tmp_path / "out", seed=2, workers=2), size=6, draws_per_recording=4)
    video, labels = sampler.draw((16, 32, 32))
    assert video.max() > 0 and labels.shape == (4, 16, 32, 32)
    assert labels[BACKGROUND].max() == 1
    for number in range(1, 7):
        style = json.loads((tmp_path / "out" / f"{number:02}_events.json").read_text())["style"]
        assert len(style["other_annotations"]) == worlds.ANNOTATORS - 1
