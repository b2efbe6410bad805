import itertools
import json
import types
import sys
from dataclasses import replace

import numpy as np
import pytest
import tifffile
import torch

from sparkwatch_training import PUFF, SPARK, TrainingError
from sparkwatch_training.__main__ import main
from sparkwatch_training.crops import CropSampler, SegmentSampler
from sparkwatch_training.calibration import Calibration, Calibrator
from sparkwatch_training.candidates import Candidates, shifted
from sparkwatch_training.curve import draw_curve
from sparkwatch_training.inference import event_probabilities
from sparkwatch_training.model import LAST_BIAS, InitialModel, load_network, read_model, with_offsets, write_model
from sparkwatch_training.network import UNet, folded, network_for
from sparkwatch_training.palette import CLASS_COLOURS
from sparkwatch_training.recordings import read_recordings
from sparkwatch_training.recipes import FINE_TUNING, PUBLISHED, Recipe
from sparkwatch_training.trainer import Trainer, read_checkpoint

SMALL = dict(steps=2, first_layer_channels=4, crop=(16, 16, 16), final_crop=(16, 16, 32))


def trainer(data_folder, output, minutes=1.0, **changes):
    recordings = read_recordings(data_folder, for_training=True)
    recipe = Recipe(minutes=minutes, **SMALL | changes)
    return Trainer(recipe, CropSampler(recordings), read_recordings(data_folder), output)


def train(instance, iterations):
    losses = []
    for _ in range(iterations):
        losses.append(instance._step())
        instance.iteration += 1
    return losses


def test_loss_falls(data_folder, tmp_path):
    losses = train(trainer(data_folder, tmp_path / "out", learning_rate=3e-3, crop=(32, 16, 32)), 300)
    assert np.mean(losses[-60:]) < 0.7 * np.mean(losses[:60])


def test_frozen_normalisation_becomes_part_of_the_weights(data_folder, tmp_path):
    instance = trainer(data_folder, tmp_path / "out")
    train(instance, 5)
    video = torch.rand(1, 1, 16, 16, 16)
    network = instance.network
    network.coarse = False
    with torch.no_grad():
        evaluated = network.eval()(video)
        network.freeze_statistics()
        frozen, _ = network.train()(video)
        plain = network_for(folded(network.state_dict()))(video)
    assert (plain - evaluated).abs().max() < 1e-4 * evaluated.abs().max()
    assert (plain - frozen).abs().max() < 1e-4 * evaluated.abs().max()


def test_statistics_stay_once_frozen(data_folder, tmp_path):
    instance = trainer(data_folder, tmp_path / "out")
    instance.elapsed_seconds = 50
    before = instance.network.state_dict()["down_path.0.norms.0.running_mean"].clone()
    train(instance, 2)
    assert torch.equal(before, instance.network.state_dict()["down_path.0.norms.0.running_mean"])


def test_coarse_levels_learn_first_and_leave_nothing_in_the_export(data_folder, tmp_path):
    instance = trainer(data_folder, tmp_path / "out", coarse_share=0.5)
    before = {name: tensor.clone() for name, tensor in instance.network.state_dict().items()}
    train(instance, 2)
    moved = {name for name, tensor in instance.network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert {"down_path.2.layers.0.weight", "up_path.1.layers.0.weight", "side_layers.0.weight"} <= moved
    assert not {"up_path.2.weight", "up_path.3.layers.0.weight", "final_layer.weight"} & moved
    instance.elapsed_seconds = 40
    train(instance, 1)
    assert not instance.network.coarse
    assert not torch.equal(instance.network.final_layer.weight, before["final_layer.weight"])
    assert set(folded(instance.network.state_dict())) == set(UNet(2, 4).state_dict())


def test_first_level_of_another_model_stays(data_folder, tmp_path):
    source = UNet(2, 4).initialise().state_dict()
    recordings = read_recordings(data_folder, for_training=True)
    recipe = Recipe(minutes=1.0, coarse_share=0.0, **SMALL)
    instance = Trainer(recipe, CropSampler(recordings), [], tmp_path / "out", first_level_state=source)
    train(instance, 3)
    kept = folded(instance.network.state_dict())
    assert torch.allclose(kept["down_path.0.layers.3.weight"], source["down_path.0.layers.3.weight"], rtol=1e-4)
    assert torch.allclose(
        kept["down_path.0.layers.0.weight"] * recipe.input_scale, source["down_path.0.layers.0.weight"], rtol=1e-4
    )


def test_learning_rate_falls_with_the_time_spent():
    recipe = Recipe(minutes=1, learning_rate=1e-3, final_learning_rate=1e-4, warm_up_iterations=10)
    assert recipe.learning_rate_at(0, 0) == pytest.approx(1e-4)
    assert recipe.learning_rate_at(0, 10) == pytest.approx(1e-3)
    assert recipe.learning_rate_at(1, 1000) == pytest.approx(1e-4)
    steady = Recipe(minutes=1, learning_rate=1e-3, final_learning_rate=1e-4, steady_share=0.8)
    assert steady.learning_rate_at(0.8, 1000) == pytest.approx(1e-3)
    assert steady.learning_rate_at(0.9, 1000) == pytest.approx(5.5e-4)
    assert steady.learning_rate_at(1.1, 1000) == pytest.approx(1e-4)


def test_resume_restores_everything(data_folder, tmp_path):
    first = trainer(data_folder, tmp_path / "out")
    train(first, 5)
    first.elapsed_seconds = 12.5
    first.save()
    second = trainer(data_folder, tmp_path / "out", seed=9)
    second.resume()
    assert (second.iteration, second.elapsed_seconds) == (5, 12.5)
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name])
    for name, tensor in first.averaged.state_dict().items():
        assert torch.equal(tensor, second.averaged.state_dict()[name])
    assert second.optimiser.state_dict()["state"][0]["step"] == 5
    train(second, 1)


def test_run_ends_with_its_time_and_logs(data_folder, tmp_path, monkeypatch):
    ticks = itertools.count()
    clock = types.SimpleNamespace(monotonic=lambda: 0.2 * next(ticks))
    monkeypatch.setattr("sparkwatch_training.trainer.time", clock)
    instance = trainer(data_folder, tmp_path / "out", minutes=0.05, cross_entropy_share=0.7)
    instance.run(report_every=2)
    records = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert {record["phase"] for record in records if "phase" in record} == {"coarse levels", "cross-entropy", "overlap"}
    assert set(records[-1]["validation_iou"]) == set(records[-1]["validation_f1"]) == {"spark", "wave", "puff"}
    assert (tmp_path / "out" / "checkpoint.pt").exists()


def test_windows_join_to_one_whole_pass(monkeypatch):
    """Where a network sees one frame only, windows and their seams must not show."""
    network = UNet(steps=2, first_layer_channels=4).initialise()
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if "layers" in name and name.endswith("weight"):
                tensor[:, :, [0, 2]] = 0
    for up in network.up_path[0::2]:
        torch.nn.init.zeros_(up.weight)
        torch.nn.init.zeros_(up.bias)
    video = np.random.default_rng(0).random((330, 8, 8), np.float32)
    result = event_probabilities(network, video, stride=32)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        whole = torch.softmax(network(torch.from_numpy(np.pad(video, ((0, 2), (0, 0), (0, 0))))[None, None]).float(), 1)
    assert result.shape == (4, 330, 8, 8)
    assert np.abs(result - whole[0, :, :330].numpy()).max() < 2e-2


def test_export_round_trip(data_folder, tmp_path, monkeypatch):
    instance = trainer(data_folder, tmp_path / "out")
    train(instance, 3)
    instance.save()
    model = tmp_path / "model.safetensors"
    arguments = ["export", tmp_path / "out" / "checkpoint.pt", model, "--live-threshold", "0.35", "--note", "test",
                 "--pixel-size-um", "0.14"]
    monkeypatch.setattr(sys, "argv", ["sparkwatch_training", *map(str, arguments)])
    main()

    state, metadata = read_model(model)
    assert all(tensor.dtype == torch.float16 for tensor in state.values())
    assert set(state) == set(UNet(2, 4).state_dict())
    assert metadata["format"] == "sparkwatch-unet-1"
    assert metadata["classes"] == "background,spark,wave,puff"
    expected = {"steps": "2", "first_layer_channels": "4", "window": "256", "stride": "32", "ignore_frames": "6",
                "pixel_size_um": "0.14", "frame_interval_ms": "6.8", "normalisation": "abs_max",
                "live_threshold": "0.35"}
    assert {key: metadata[key] for key in expected} == expected
    assert metadata["training"].startswith("test; 3 iterations")

    network, threshold = load_network(model)
    assert threshold == 0.35
    video = torch.rand(1, 1, 16, 16, 16)
    with torch.no_grad():
        exported = network(video)
        trained = instance.averaged.module.eval()(video * instance.recipe.input_scale)
    assert (exported - trained).abs().max() < 0.02 * trained.abs().max()


@pytest.mark.parametrize("side_weight", [0, 1])
def test_fine_tuning_starts_from_the_model(data_folder, tmp_path, side_weight):
    instance = trainer(data_folder, tmp_path / "out", **FINE_TUNING | dict(side_weight=side_weight))
    start = {name: tensor.clone() for name, tensor in UNet(2, 4).initialise().state_dict().items()}
    tuned = Trainer(instance.recipe, instance.sampler, [], tmp_path / "tuned", InitialModel(start, None, {}))
    video = torch.rand(1, 1, 16, 16, 16)
    expected = UNet(2, 4)
    expected.load_state_dict(start)
    with torch.no_grad():
        result = tuned.network(video * tuned.recipe.input_scale)
        logits, answers = result if side_weight else (result, [])
        assert (logits - expected(video)).abs().max() < 1e-4
    # Levels answer nothing before they have learnt to, so they push nothing the model knows about.
    assert len(answers) == (2 if side_weight else 0) and not any(answer.any() for _, answer in answers)


def test_a_tuned_model_keeps_the_calibration_of_the_first(data_folder, tmp_path, monkeypatch):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["sparkwatch_training", *map(str, arguments)])
        main()

    state = UNet(2, 4).initialise().state_dict()
    offsets = (-2.0, 0.5, -1.0)
    first, tuned, checkpoint = tmp_path / "first.safetensors", tmp_path / "tuned.safetensors", tmp_path / "run" / "checkpoint.pt"
    write_model(first, {name: tensor.half() for name, tensor in state.items()}, vars(Recipe(1, 2, 4)),
                Calibration(offsets, 0.55), "test", {"pixel_size_um": 0.14})
    train = ["train", "--data", data_folder, "--minutes", 1e-9, "--output", checkpoint.parent]
    command(*train, "--initial", first)
    checkpoint_state = read_checkpoint(checkpoint)
    assert checkpoint_state["calibration"] == {"offsets": offsets, "threshold": 0.55}
    # No step was made, so the network is the first one without its offsets, and the export gives them back.
    command("export", checkpoint, tuned)
    for path in (tuned, checkpoint.with_name("model.safetensors")):
        written, metadata = read_model(path)
        assert metadata["class_offsets"] == "-2,0.5,-1" and metadata["live_threshold"] == "0.55"
        assert (metadata["pixel_size_um"], metadata["frame_interval_ms"]) == ("0.14", "6.8")
    expected = read_model(first)[0]
    assert all((written[name].float() - expected[name].float()).abs().max() < 2e-3 for name in expected)

    # The mean with a model of zeros is half of it, apart from the offsets.
    zeros, mean = tmp_path / "zeros.safetensors", tmp_path / "mean.safetensors"
    write_model(zeros, {name: torch.zeros_like(tensor).half() for name, tensor in state.items()}, vars(Recipe(1, 2, 4)),
                Calibration((1.0, 1.0, 1.0), 0.5), "test")
    command("export", checkpoint, mean, "--average-with", zeros)
    written, metadata = read_model(mean)
    assert metadata["class_offsets"] == "-2,0.5,-1" and metadata["training"].startswith("mean with zeros.safetensors")
    assert all((written[name].float() - state[name] / 2).abs().max() < 2e-3 for name in state if name != LAST_BIAS)
    other = tmp_path / "other.safetensors"
    write_model(other, {name: tensor.half() for name, tensor in UNet(1, 4).initialise().state_dict().items()},
                vars(Recipe(1, 1, 4)), Calibration(), "test")
    with pytest.raises(SystemExit, match="different networks"):
        command("export", checkpoint, mean, "--average-with", other)

    with pytest.raises(SystemExit, match="--resume"):
        command(*train, "--initial", first)
    command(*train, "--resume")
    assert read_checkpoint(checkpoint)["recipe"] == checkpoint_state["recipe"]
    assert read_checkpoint(checkpoint)["calibration"] == checkpoint_state["calibration"]


def test_votes_train_and_teach_what_annotators_agree_on(data_folder, tmp_path):
    """Where half of the annotators call sparks background, the network says so."""
    for path in sorted(data_folder.glob("*_class_label.tif")):
        classes = tifffile.imread(path)
        tifffile.imwrite(path.with_name(path.name.replace("label", "label_2")), np.where(classes == SPARK, 0, classes),
                         photometric="minisblack")
    instance = trainer(data_folder, tmp_path / "out", learning_rate=3e-3, crop=(32, 16, 32), coarse_share=0.3)
    for elapsed, iterations in ((0, 60), (30, 200)):
        instance.elapsed_seconds = elapsed
        losses = train(instance, iterations)
    assert np.mean(losses[-40:]) < np.mean(losses[:40])


@pytest.mark.parametrize("arguments, message", [
    (["train", "--data", "d", "--output", "o", "--minutes", "0"], "0 is not allowed; use more than 0"),
    (["train", "--data", "d", "--output", "o", "--minutes", "1", "--batch", "0"], "0 is not allowed; use 1 to 64"),
    (["export", "c", "m", "--live-threshold", "7"], "7 is not allowed; use 0 to 1"),
    (["export", "c", "m", "--pixel-size-um", "-3"], "-3 is not allowed"),
])
def test_values_out_of_range_are_named(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["x", *arguments])
    with pytest.raises(SystemExit):
        main()
    assert message in capsys.readouterr().err


def test_what_is_no_checkpoint_is_named(tmp_path, monkeypatch):
    (tmp_path / "text.pt").write_text("no checkpoint")
    torch.save({"weights": torch.zeros(2)}, tmp_path / "other.pt")
    for name in ("text.pt", "other.pt", "missing.pt"):
        monkeypatch.setattr(sys, "argv", ["x", "export", str(tmp_path / name), "m.safetensors"])
        with pytest.raises(SystemExit, match=name):
            main()


def test_resuming_with_more_time_does_not_go_back_in_the_schedule(data_folder, tmp_path):
    changes = dict(coarse_share=0.5, normalised_share=0.5, side_weight=1.0)
    done = trainer(data_folder, tmp_path / "out", **changes)
    for elapsed in (0, 59):
        done.elapsed_seconds = elapsed
        train(done, 1)
    assert done.has_finest_level and done.has_frozen_statistics
    done.save()
    finest = done.network.final_layer.bias.clone()
    longer = trainer(data_folder, tmp_path / "out", minutes=10.0, **changes)
    longer.resume()
    assert longer.progress < 0.5 and not longer.coarse
    train(longer, 1)
    assert not longer.network.coarse and (longer.network.final_layer.bias - finest).abs().max() < 0.1
    with pytest.raises(TrainingError, match="no side answers"):
        trainer(data_folder, tmp_path / "out", **changes | dict(side_weight=0.0)).resume()


def test_a_kept_first_level_stays_when_training_is_resumed(data_folder, tmp_path):
    recordings = read_recordings(data_folder, for_training=True)
    recipe = Recipe(minutes=1, **SMALL)
    kept = Trainer(recipe, CropSampler(recordings), [], tmp_path / "out", first_level_state=UNet(2, 4).initialise().state_dict())
    kept.save()
    resumed = Trainer(recipe, CropSampler(recordings), [], tmp_path / "out")
    resumed.resume()
    before = resumed.network.down_path[0].layers[0].weight.clone()
    train(resumed, 2)
    assert torch.equal(resumed.network.down_path[0].layers[0].weight, before)


def test_the_best_weights_and_snapshots_are_kept(data_folder, tmp_path, monkeypatch):
    """Validation is better once, worse after; a snapshot comes with every tick of the clock."""
    ticks = itertools.count()
    monkeypatch.setattr("sparkwatch_training.trainer.time", types.SimpleNamespace(monotonic=lambda: next(ticks)))
    instance = trainer(data_folder, tmp_path / "out", minutes=0.1, coarse_share=0.0)
    found = iter([0.4, 0.7, 0.6, 0.5, 0.1, 0.1, 0.1, 0.1])
    monkeypatch.setattr(instance, "validate", lambda: ({}, {"spark": next(found)}))
    better, snapshots = [], []
    instance.on_better = lambda: better.append((instance.iteration, instance.best_f1))
    instance.on_snapshot = lambda: snapshots.append(instance.iteration)
    instance.run(validation_minutes=1.5 / 60, snapshot_minutes=0.5 / 60)
    assert [f1 for _, f1 in better] == [0.4, 0.7]
    assert len(snapshots) == instance.iteration > 3
    resumed = trainer(data_folder, tmp_path / "out", coarse_share=0.0)
    resumed.resume()
    assert resumed.best_f1 == 0.7


def test_an_interrupted_training_is_saved(data_folder, tmp_path, monkeypatch):
    instance = trainer(data_folder, tmp_path / "out")
    monkeypatch.setattr(instance, "_report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(TrainingError, match="--resume"):
        instance.run(report_every=2)
    assert read_checkpoint(tmp_path / "out" / "checkpoint.pt")["iteration"] == 2


def test_export_asks_for_a_calibration_where_there_is_none(data_folder, tmp_path, monkeypatch):
    trainer(data_folder, tmp_path / "out").save()
    monkeypatch.setattr(sys, "argv", ["x", "export", str(tmp_path / "out" / "checkpoint.pt"), str(tmp_path / "m.safetensors")])
    with pytest.raises(SystemExit, match="--validation or --live-threshold"):
        main()


def test_errors_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["x", "train", "--data", str(tmp_path), "--minutes", "1", "--output", "o"])
    with pytest.raises(SystemExit, match="holds no"):
        main()


def test_published_recipe_draws_whole_segments_and_trains(data_folder, tmp_path):
    recordings = read_recordings(data_folder, for_training=True)
    sampler = SegmentSampler(recordings, seed=2)
    drawn = [sampler.draw((16, 64, 512)) for _ in range(6)]
    starts = [(number, start) for number, recording in enumerate(recordings) for start in (0, 32, 64)]
    assert not sampler.waiting
    for number, start in starts:
        labels = recordings[number].classes[start : start + 16]
        flips = [labels[:, ::y, ::x] for y in (1, -1) for x in (1, -1)]
        assert any(np.array_equal(flip, drawn_labels) for flip in flips for _, drawn_labels in drawn)
    recipe = Recipe(minutes=1, **PUBLISHED | dict(steps=2, first_layer_channels=4, crop=(16, 64, 512), batch=2))
    instance = Trainer(recipe, sampler, [], tmp_path / "out")
    before = instance.network.final_layer.weight.clone()
    train(instance, 2)
    step = (instance.network.final_layer.weight - before).abs().max().item()
    assert 1e-4 < step <= 2.01e-4
    assert torch.equal(instance.averaged.module.final_layer.weight, instance.network.final_layer.weight)


def test_offsets_become_part_of_the_last_bias():
    state = UNet(2, 4).initialise().state_dict()
    video = torch.rand(1, 1, 16, 16, 16)
    with torch.no_grad():
        plain = torch.log_softmax(network_for(state)(video), 1)
        moved = torch.softmax(network_for(with_offsets(state, (-1.5, 0.5, 2.0)))(video), 1)
    assert np.abs(shifted(plain[0].numpy(), (-1.5, 0.5, 2.0)) - moved[0].numpy()).max() < 1e-5


def test_calibration_removes_false_events(data_folder, monkeypatch):
    """A network that is surer of real events than of the false ones it also sees, but believes in both."""
    recordings = read_recordings(data_folder)

    def probabilities(network, video, stride):
        recording = next(item for item in recordings if np.array_equal(item.normalised(), video))
        scores = np.stack([np.where(recording.classes == label, 9.0, 0.0) for label in range(4)])
        scores[0] = 4
        for t, y, x in np.ndindex(8, 2, 4):
            scores[1 + 2 * (x % 2), 10 * t : 10 * t + 5, 18 + 3 * y : 21 + 3 * y, 10 * x : 10 * x + 4] = 6
        return np.exp(scores) / np.exp(scores).sum(axis=0)

    monkeypatch.setattr("sparkwatch_training.calibration.event_probabilities", probabilities)
    calibrator = Calibrator(None, recordings, 32)
    assert calibrator.scores(Calibration()).mean_f1 < 0.4
    best = calibrator.best(report=lambda line: None)
    assert best.offsets[0] < -1 and best.offsets[2] < -1
    scores = calibrator.scores(best)
    assert (scores.counts[SPARK].f1, scores.counts[PUFF].f1) == (1, 1)


def test_false_events_stay_below_the_rate_asked_for(data_folder, monkeypatch):
    """Twelve false sparks of growing certainty in a minute of recordings: the rate decides how many may stay."""
    recordings = [replace(recording, frame_interval_ms=1000 * 60 / 160) for recording in read_recordings(data_folder)]

    def probabilities(network, video, stride):
        recording = next(item for item in recordings if np.array_equal(item.normalised(), video))
        scores = np.stack([np.where(recording.classes == label, 14.0, 0.0) for label in range(4)])
        scores[0] = 4
        for number, certainty in enumerate((4.6, 6.6, 8.6, 10.9, 11.4, 11.9)):
            scores[SPARK, 14 * number : 14 * number + 5, 18:22, 30:34] = certainty
        return np.exp(scores) / np.exp(scores).sum(axis=0)

    monkeypatch.setattr("sparkwatch_training.calibration.event_probabilities", probabilities)
    calibrator = Calibrator(None, recordings, 32)
    assert calibrator.minutes == pytest.approx(1)
    found = {}
    for most in (0, 4, 100):
        counts = calibrator.scores(calibrator.at_most(most, report=lambda line: None)).counts
        found[most] = counts[SPARK].predicted - counts[SPARK].right
        assert all(count.predicted - count.right <= most for count in counts.values())
        assert counts[SPARK].recall == counts[PUFF].recall == 1
    assert found == {0: 0, 4: 4, 100: 6}
    with pytest.raises(TrainingError, match="frame interval"):
        Calibrator(None, read_recordings(data_folder), 32).minutes


def test_the_curve_draws_classes_in_their_colours(tmp_path):
    records = [{"minutes": m, "phase": p, "loss": 3 - m} for p, m in (("coarse levels", 0.0), ("coarse levels", 1.0), ("all", 2.0))]
    records += [{"minutes": m, "validation_iou": {"spark": 0.2, "wave": 0.5, "puff": 0.8}} for m in (0.0, 2.0)]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    draw_curve(tmp_path / "log.jsonl", tmp_path / "curve.png")
    import matplotlib.image

    pixels = matplotlib.image.imread(tmp_path / "curve.png")[..., :3].reshape(-1, 3)
    for colour in CLASS_COLOURS.values():
        wanted = np.array([int(colour[at:at + 2], 16) for at in (1, 3, 5)]) / 255
        assert (np.abs(pixels - wanted).max(axis=1) < 0.02).sum() > 40
