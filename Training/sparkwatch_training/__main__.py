"""Command line: train, learn, export, calibrate, evaluate, curve."""

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from . import TrainingError
from .calibration import Calibration, Calibrator
from .crops import CropSampler, SegmentSampler
from .curve import draw_curve
from .evaluation import evaluate, table
from .learning.learn import run_learn
from .model import (
    STANDARD_SCALE, exported_state, load_network, mean_state, read_model, read_uncalibrated, write_model,
)
from .network import network_for
from .options import RECIPE_OPTIONS, parser
from .pool import PoolSampler
from .recipes import FINE_TUNING, LASTING, PUBLISHED, Recipe
from .recordings import read_recordings
from .simulation import Simulation
from .trainer import Trainer, read_checkpoint

CHECKPOINT = "checkpoint.pt"


def run_train(options):
    given = {name: getattr(options, name) for name in RECIPE_OPTIONS if getattr(options, name) is not None}
    checkpoint = Path(options.output) / CHECKPOINT
    initial = None
    if options.resume:
        state = read_checkpoint(checkpoint)
        recipe = replace(Recipe(**state["recipe"]), minutes=options.minutes, **given)
    elif checkpoint.exists():
        raise TrainingError(f"{checkpoint} is there already; go on with --resume, or name another folder")
    else:
        if options.recipe == "lasting" and not options.initial:
            raise TrainingError("--recipe lasting goes on from a model; name it with --initial")
        own = FINE_TUNING if options.initial else {}
        differences = {"own": own, "lasting": LASTING, "published": PUBLISHED}[options.recipe]
        recipe = replace(Recipe(minutes=options.minutes), **differences | given)
        if options.initial:
            initial = read_uncalibrated(options.initial)
            network = network_for(initial.state)
            # Normalisation would change what the model computes from the first step on.
            recipe = replace(recipe, steps=network.steps, first_layer_channels=network.first_layer_channels,
                             normalised_share=0.0)
    for crop in (recipe.crop, recipe.final_crop):
        if crop[0] % 2**recipe.steps:
            raise TrainingError(f"a crop of {crop[0]} frames does not fit {recipe.steps} pooling steps; "
                                f"give a multiple of {2**recipe.steps}")
    sampler = sampler_for(recipe, options)
    validation = []
    if options.validation:
        validation = read_recordings(options.validation, order=options.class_order)
    first_level_state = read_model(options.first_level)[0] if options.first_level else None
    trainer = Trainer(recipe, sampler, validation, options.output, initial, first_level_state)
    if options.resume:
        trainer.resume()
    if options.tensorboard:
        trainer.writer = summary_writer(options.output)
    print(f"{described(sampler)}; device {trainer.device.type}", flush=True)

    def export_as(name):
        trainer.save()
        state = read_checkpoint(checkpoint)
        export(state, exported_state(state), trainer.calibration or Calibration(), Path(options.output) / name,
               f"fine-tuned from {Path(options.initial).name}" if options.initial else "fine-tuned")

    trainer.on_snapshot = lambda: export_as(f"snapshots/{trainer.iteration:07}.safetensors")
    trainer.on_better = lambda: export_as("best.safetensors")
    trainer.run(validation_minutes=options.validation_minutes, snapshot_minutes=options.snapshot_minutes)
    if trainer.calibration:
        export_as("model.safetensors")


def sampler_for(recipe, options):
    """Where crops come from: a folder, or a simulation that goes on beside the training."""
    if options.simulate:
        if recipe.whole_segments:
            raise TrainingError("--simulate makes recordings of several sizes; --recipe published takes --data")
        simulation = Simulation(options.simulate, Path(options.output) / "simulated", recipe.seed, options.workers)
        return PoolSampler(simulation, recipe.pool, recipe.draws_per_recording, recipe.odd_share, recipe.seed,
                           threads=options.workers)
    recordings = read_recordings(options.data, for_training=True, order=options.class_order)
    return (SegmentSampler if recipe.whole_segments else CropSampler)(recordings, seed=recipe.seed)


def described(sampler):
    """What a sampler draws from, on one line."""
    if isinstance(sampler, PoolSampler):
        return (f"a pool of {sampler.size} simulated recordings, one of them new every {sampler.draws_per_recording} crops, "
                f"from number {sampler.first_of(sampler.draws)} on")
    counts = ", ".join(f"{sum(len(boxes) for _, boxes in found)} of class {label}" for label, found in sampler.boxes.items())
    return f"{len(sampler.recordings)} recordings, events: {counts}"


def summary_writer(folder):
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError as error:
        raise TrainingError("TensorBoard is not installed; pip install './Training[tensorboard]', "
                            "or leave out --tensorboard") from error
    return SummaryWriter(folder)


def run_export(options):
    checkpoint = read_checkpoint(options.checkpoint)
    state, note = exported_state(checkpoint), options.note
    if options.average_with:
        state = mean_state(state, read_uncalibrated(options.average_with).state)
        note = f"{note + '; ' if note else ''}mean with {Path(options.average_with).name}"
    if options.validation:
        calibration = calibrated(state, options)
    elif options.live_threshold is not None:
        calibration = Calibration(threshold=options.live_threshold)
    elif checkpoint.get("calibration"):
        calibration = Calibration(**checkpoint["calibration"])
    else:
        raise TrainingError(f"{options.checkpoint} did not start from a calibrated model; "
                            "give --validation or --live-threshold")
    export(checkpoint, state, calibration, options.model, note, options.pixel_size_um, options.frame_interval_ms)


def export(checkpoint, state, calibration, path, note, pixel_size_um=None, frame_interval_ms=None):
    """Writes tensors with what a checkpoint knows; what is not given of the scale is that of the initial model."""
    scale = {**STANDARD_SCALE, **(checkpoint.get("scale") or {})}
    scale |= {key: value for key, value in (("pixel_size_um", pixel_size_um), ("frame_interval_ms", frame_interval_ms))
              if value is not None}
    training = (f"{note + '; ' if note else ''}{checkpoint['iteration']} iterations, "
                f"{checkpoint['elapsed_seconds'] / 60:.0f} minutes, {date.today().isoformat()}")
    write(path, state, checkpoint["recipe"], calibration, training, scale)


def run_calibrate(options):
    state, metadata = read_model(options.model)
    initial = read_uncalibrated(options.model)
    calibration = calibrated(state, options)
    before = initial.calibration or Calibration()
    offsets = tuple(old + new for old, new in zip(before.offsets, calibration.offsets))
    training = metadata.get("training", "unknown") + f"; calibrated {date.today().isoformat()}"
    network = network_for(state)
    write(options.calibrated, initial.state, vars(network), Calibration(offsets, calibration.threshold), training, metadata)


def calibrated(state, options):
    """The best `Calibration` of a network on the validation recordings."""
    recordings = read_recordings(options.validation, order=options.class_order)
    calibrator = Calibrator(network_for(state), recordings, options.stride)
    rate = getattr(options, "false_events_per_minute", None)
    return calibrator.best() if rate is None else calibrator.at_most(rate)


def write(path, state, recipe, calibration, training, known):
    """Writes a model and says so; `known`: what else is known of it, see `write_model`."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_model(path, state, recipe, calibration, training, known)
    print(f"{path}: {Path(path).stat().st_size / 1e6:.1f} MB, class offsets {calibration.offsets}, "
          f"live threshold {calibration.threshold}")


def run_evaluate(options):
    network, live_threshold = load_network(options.model)
    threshold = live_threshold if options.threshold is None else options.threshold
    recordings = read_recordings(options.data, order=options.class_order)
    groups = evaluate(network, recordings, None if options.otsu else threshold, options.stride)
    print(table(groups))
    if options.json:
        scores = {group: result.as_dict() for group, result in groups.items()}
        Path(options.json).write_text(json.dumps(scores, indent=1) + "\n")


def main():
    options = parser(__doc__).parse_args()
    try:
        if options.command == "train":
            run_train(options)
        elif options.command == "learn":
            run_learn(options)
        elif options.command == "export":
            run_export(options)
        elif options.command == "calibrate":
            run_calibrate(options)
        elif options.command == "evaluate":
            run_evaluate(options)
        else:
            draw_curve(options.log, options.picture)
    except (TrainingError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
