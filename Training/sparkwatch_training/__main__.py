"""Command line: train, export, calibrate, evaluate, curve."""

import argparse
import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from . import STRIDE_FRAMES, TrainingError
from .crops import CropSampler, SegmentSampler
from .curve import draw_curve
from .calibration import Calibration, Calibrator
from .evaluation import evaluate, table
from .model import exported_state, load_network, read_model, read_uncalibrated, write_model
from .network import network_for
from .recordings import read_recordings
from .recipes import FINE_TUNING, PUBLISHED, Recipe
from .trainer import Trainer, read_checkpoint


def crop_shape(text):
    """Parses `256x64x128`: frames, rows, columns."""
    try:
        shape = tuple(int(size) for size in text.split("x"))
    except ValueError:
        shape = ()
    if len(shape) != 3 or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no crop; write frames x rows x columns like 256x64x128")
    return shape


def parser():
    top = argparse.ArgumentParser(prog="python -m sparkwatch_training", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    train = commands.add_parser("train", help="train a network within a budget of time")
    train.add_argument("--data", required=True, help="folder with NN_video.tif, NN_class_label.tif, NN_event_label.tif")
    train.add_argument("--validation", help="folder with other recordings, to watch the course")
    train.add_argument("--minutes", type=float, required=True, help="time budget; the schedule spans it")
    train.add_argument("--output", required=True, help="folder for checkpoint.pt and log.jsonl")
    train.add_argument("--initial", help="model (.safetensors) to start from instead of random weights")
    train.add_argument("--first-level", metavar="MODEL",
                       help="model (.safetensors) whose first encoder level is taken over and not trained further")
    train.add_argument("--resume", action="store_true", help="go on from checkpoint.pt in the output folder")
    train.add_argument("--tensorboard", action="store_true", help="also write TensorBoard events to the output folder")
    train.add_argument("--crop", type=crop_shape, help="frames x rows x columns of a crop, like 128x64x128")
    train.add_argument("--final-crop", type=crop_shape, help="crop during the last part of the time")
    train.add_argument("--recipe", choices=("own", "published"), default="own",
                       help="own: ours; published: that of the 2024 paper, for a GPU; other options change it further")
    for option in ("steps", "first-layer-channels", "batch", "seed"):
        train.add_argument(f"--{option}", type=int)
    for option in ("learning-rate", "final-learning-rate", "cross-entropy-share", "normalised-share", "coarse-share",
                   "side-weight", "final-share", "input-scale", "averaging"):
        train.add_argument(f"--{option}", type=float)

    export = commands.add_parser("export", help="write a model for the detector")
    export.add_argument("checkpoint")
    export.add_argument("model", help="file to write, .safetensors")
    threshold = export.add_mutually_exclusive_group()
    threshold.add_argument("--validation", help="folder of recordings on which class offsets and threshold are calibrated; "
                                "default: those of the model that training started from")
    threshold.add_argument("--live-threshold", type=float)
    export.add_argument("--note", default="", help="what the data were; goes into the model's metadata")
    export.add_argument("--stride", type=int, default=STRIDE_FRAMES)
    export.add_argument("--pixel-size-um", type=float, default=0.2, help="of the training movies, for the metadata (0.2)")
    export.add_argument("--frame-interval-ms", type=float, default=6.8, help="of the training movies, likewise (6.8)")

    tune = commands.add_parser("calibrate", help="fit a model's class offsets and threshold to other recordings")
    tune.add_argument("model", help="the model to calibrate, .safetensors")
    tune.add_argument("calibrated", help="file to write, .safetensors")
    tune.add_argument("--validation", required=True, help="folder of annotated recordings")
    tune.add_argument("--stride", type=int, default=STRIDE_FRAMES)

    check = commands.add_parser("evaluate", help="score a model on annotated recordings")
    check.add_argument("model", help=".safetensors, or checkpoint.pt")
    check.add_argument("data")
    check.add_argument("--threshold", type=float, help="default: the model's live threshold")
    check.add_argument("--otsu", action="store_true", help="Otsu's threshold of each movie instead")
    check.add_argument("--stride", type=int, default=STRIDE_FRAMES)
    check.add_argument("--json", help="file for the scores")

    curve = commands.add_parser("curve", help="draw a training log")
    curve.add_argument("log")
    curve.add_argument("picture")
    return top


def run_train(options):
    names = ("crop", "final_crop", "steps", "first_layer_channels", "batch", "seed", "learning_rate", "final_learning_rate",
             "cross_entropy_share", "normalised_share", "coarse_share", "side_weight", "final_share", "input_scale", "averaging")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    is_published = options.recipe == "published"
    differences = PUBLISHED if is_published else FINE_TUNING if options.initial else {}
    recipe = replace(Recipe(minutes=options.minutes), **differences | given)
    initial_state = calibration = None
    if options.initial:
        initial_state, calibration = read_uncalibrated(options.initial)
        network = network_for(initial_state)
        recipe = replace(recipe, steps=network.steps, first_layer_channels=network.first_layer_channels)
    for crop in (recipe.crop, recipe.final_crop):
        if crop[0] % 2**recipe.steps:
            raise TrainingError(f"a crop of {crop[0]} frames does not fit {recipe.steps} pooling steps; "
                                f"give a multiple of {2**recipe.steps}")
    recordings = read_recordings(options.data, for_training=True)
    sampler = (SegmentSampler if is_published else CropSampler)(recordings, seed=recipe.seed)
    validation = read_recordings(options.validation, for_training=True) if options.validation else []
    first_level_state = read_model(options.first_level)[0] if options.first_level else None
    trainer = Trainer(recipe, sampler, validation, options.output, initial_state, first_level_state, calibration)
    if options.resume:
        trainer.resume()
    if options.tensorboard:
        from torch.utils.tensorboard import SummaryWriter

        trainer.writer = SummaryWriter(options.output)
    counts = ", ".join(f"{sum(len(boxes) for _, boxes in found)} of class {label}"
                       for label, found in sampler.boxes.items())
    print(f"{len(sampler.recordings)} recordings, events: {counts}; device {trainer.device.type}", flush=True)
    trainer.run()


def run_export(options):
    checkpoint = read_checkpoint(options.checkpoint)
    state = exported_state(checkpoint)
    if options.validation:
        calibration = calibrated(state, options)
    elif options.live_threshold is not None:
        calibration = Calibration(threshold=options.live_threshold)
    elif checkpoint.get("calibration"):
        calibration = Calibration(**checkpoint["calibration"])
    else:
        raise TrainingError(f"{options.checkpoint} did not start from a calibrated model; "
                            "give --validation or --live-threshold")
    training = (f"{options.note + '; ' if options.note else ''}{checkpoint['iteration']} iterations, "
                f"{checkpoint['elapsed_seconds'] / 60:.0f} minutes, {date.today().isoformat()}")
    write(options.model, state, checkpoint["recipe"], calibration, training, options.pixel_size_um,
          options.frame_interval_ms)


def run_calibrate(options):
    state, metadata = read_model(options.model)
    plain, before = read_uncalibrated(options.model)
    calibration = calibrated(state, options)
    offsets = tuple(old + new for old, new in zip(before.offsets, calibration.offsets))
    training = metadata.get("training", "unknown") + f"; calibrated {date.today().isoformat()}"
    scale = (metadata[key] for key in ("pixel_size_um", "frame_interval_ms") if key in metadata)
    write(options.calibrated, plain, metadata, Calibration(offsets, calibration.threshold), training, *scale)


def calibrated(state, options):
    """The best `Calibration` of a network on the validation recordings."""
    return Calibrator(network_for(state), read_recordings(options.validation), options.stride).best()


def write(path, state, recipe, calibration, training, *scale):
    """Writes a model and says so; `scale`: pixel size and frame interval of its training movies."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_model(path, state, recipe, calibration, training, *scale)
    print(f"{path}: {Path(path).stat().st_size / 1e6:.1f} MB, class offsets {calibration.offsets}, "
          f"live threshold {calibration.threshold}")


def run_evaluate(options):
    network, live_threshold = load_network(options.model)
    threshold = live_threshold if options.threshold is None else options.threshold
    groups = evaluate(network, read_recordings(options.data), None if options.otsu else threshold, options.stride)
    print(table(groups))
    if options.json:
        scores = {group: result.as_dict() for group, result in groups.items()}
        Path(options.json).write_text(json.dumps(scores, indent=1) + "\n")


def main():
    options = parser().parse_args()
    try:
        if options.command == "train":
            run_train(options)
        elif options.command == "export":
            run_export(options)
        elif options.command == "calibrate":
            run_calibrate(options)
        elif options.command == "evaluate":
            run_evaluate(options)
        else:
            draw_curve(options.log, options.picture)
    except TrainingError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
