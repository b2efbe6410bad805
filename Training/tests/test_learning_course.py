"""The whole of `learn` on small movies; the package's own scores stand for those of the detector."""

import json
import types

import numpy as np
import pytest

from conftest import write_recording
from sparkwatch_training import EVENT_CLASSES, TrainingError
from sparkwatch_training.calibration import Calibration
from sparkwatch_training.crops import CropSampler
from sparkwatch_training.inference import event_probabilities
from sparkwatch_training.instances import class_mask, instances
from sparkwatch_training.learning import learn
from sparkwatch_training.model import exported_state, load_network, read_model, write_model
from sparkwatch_training.recipes import Recipe
from sparkwatch_training.recordings import read_recording, read_recordings
from sparkwatch_training.scores import event_scores
from sparkwatch_training.trainer import Trainer, read_checkpoint


class PlainJudge:
    """Finds events with the network as it is, and scores them."""

    def __init__(self, program, recordings, work, threads=None):
        self.recordings, self.seconds_per_movie, self.after_movie = recordings, 1.0, lambda: None

    def counts(self, model, cells):
        network, threshold = load_network(model)
        return np.array([sum(self.movie(network, threshold, movie) for movie in cell.movies) for cell in cells])

    def movie(self, network, threshold, movie):
        recording = read_recording(self.recordings / movie.name, movie.name)
        mask = class_mask(event_probabilities(network, recording.normalised(), 128), threshold)
        found = event_scores(recording.classes, recording.events, *instances(mask)).counts
        return np.array([[found[label].right, found[label].predicted, found[label].found, found[label].annotated]
                         for label in EVENT_CLASSES])


@pytest.fixture
def laboratory(tmp_path):
    """Four reviewed movies, and a model that has hardly begun to learn."""
    folder = tmp_path / "lab"
    folder.mkdir()
    for number in range(1, 5):
        write_recording(folder, f"cell{number}", seed=number)
    recipe = Recipe(minutes=1, steps=2, first_layer_channels=4, crop=(64, 24, 40), final_crop=(64, 24, 40), learning_rate=3e-3,
                    normalised_share=0, coarse_share=0, side_weight=0)
    trainer = Trainer(recipe, CropSampler(read_recordings(folder, for_training=True)), [], tmp_path / "start")
    for _ in range(30):
        trainer._step()
        trainer.iteration += 1
    trainer.save()
    state = exported_state(read_checkpoint(tmp_path / "start" / "checkpoint.pt"))
    write_model(tmp_path / "start.safetensors", state, vars(recipe), Calibration((0, 0, 0), 0.5), "thirty steps")
    return folder


def options(laboratory, **changes):
    return types.SimpleNamespace(**dict(
        folder=laboratory, output=None, model=laboratory.parent / "start.safetensors", cells=None, held_out=None, curve=True,
        install=False, threads=None, minutes=0.75, seed=1, sparkwatch="sparkwatch") | changes)


def test_a_poor_model_learns_and_tells_what_more_movies_would_bring(laboratory, monkeypatch, capsys):
    monkeypatch.setattr(learn, "Judge", PlainJudge)
    # So small a network learns faster than a large one forgets.
    monkeypatch.setattr(learn, "FINE_TUNING", learn.FINE_TUNING | {"learning_rate": 3e-3, "averaging": 0.9})
    before = (laboratory.parent / "start.safetensors").read_bytes()
    learn.run_learn(options(laboratory))
    output, = laboratory.glob("learned-*")
    report = json.loads((output / "report.json").read_text())
    assert [point["cells"] for point in report["numbers"]["learning_curve"]] == [0, 1, 2]
    assert report["numbers"]["after"]["mean"]["value"] > report["numbers"]["before"]["mean"]["value"] + 0.1
    assert report["is_better"] and "Learning from 2 instead of 1 cells changed mean F1" in report["advice"]
    _, metadata = read_model(output / "model.safetensors")
    steps = [entry["text"] for entry in json.loads(metadata["history"])]
    assert steps[0] == "thirty steps" and steps[1].startswith("fine-tuned from start.safetensors on 4 cells, 4 movies: 8 sparks")
    assert (laboratory.parent / "start.safetensors").read_bytes() == before
    assert sorted(path.name for path in output.iterdir()) == ["model.safetensors", "report.json", "report.md"]
    assert "sparkwatch model use" in capsys.readouterr().out


def test_a_model_that_is_not_better_is_not_installed(laboratory, monkeypatch):
    monkeypatch.setattr(learn, "Judge", PlainJudge)
    monkeypatch.setattr(learn, "FINE_TUNING", learn.FINE_TUNING | {"learning_rate": 1e-9, "final_learning_rate": 1e-9})
    with pytest.raises(TrainingError, match="not installed: it is not better than start.safetensors"):
        learn.run_learn(options(laboratory, curve=False, minutes=0.05, install=True))
