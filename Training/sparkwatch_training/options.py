"""What the command line takes."""

import argparse
import math

from . import STRIDE_FRAMES
from .class_order import ClassOrder, class_order


def crop_shape(text):
    """Parses `256x64x128`: frames, rows, columns."""
    try:
        shape = tuple(int(size) for size in text.split("x"))
    except ValueError:
        shape = ()
    if len(shape) != 3 or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no crop; write frames x rows x columns like 256x64x128")
    return shape


def number(kind, least, most, above=False):
    """A parser of numbers from `least` (or above it) to `most`."""

    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not (least < value if above else least <= value) or not value <= most:
            start = "more than " if above else ""
            raise argparse.ArgumentTypeError(f"{text} is not allowed; use {start}{least:g} to {most:g}")
        return value

    return parse


share = number(float, 0, 1)
size = number(float, 0, 1000, above=True)

RECIPE_OPTIONS = {
    "steps": (number(int, 1, 8), "pooling steps (6)"),
    "first_layer_channels": (number(int, 4, 64), "channels of the first layer (8)"),
    "crop": (crop_shape, "frames x rows x columns of a crop (256x64x128)"),
    "final_crop": (crop_shape, "the same for the last part of the time (256x64x256)"),
    "final_share": (share, "that part, as a share of the time (0.15)"),
    "batch": (number(int, 1, 64), "crops for one step of the optimiser (1)"),
    "pool": (number(int, 1, 10_000), "simulated recordings that are held at a time (48)"),
    "draws_per_recording": (number(int, 1, 10_000), "crops for which the oldest of them is replaced by a new one (8)"),
    "odd_share": (share, "share of crops without any cell, with --simulate (0; lasting 0.04)"),
    "steady_share": (share, "share of the time before the learning rate begins to fall (0; lasting 0.8)"),
    "learning_rate": (number(float, 0, 1, above=True), "of Adam at the start (1.5e-3; fine-tuning 2e-4)"),
    "final_learning_rate": (number(float, 0, 1, above=True), "at the end (5e-5; fine-tuning 2e-5)"),
    "cross_entropy_share": (share, "share of the time with cross-entropy; then comes overlap loss (1)"),
    "normalised_share": (share, "share of the time with batch normalisation (0.25; fine-tuning 0)"),
    "coarse_share": (share, "share of the time in which the finest level is left out (0.5; fine-tuning 0)"),
    "side_weight": (number(float, 0, 100), "weight of the coarser levels' own answers in the loss (0.5; fine-tuning 0)"),
    "input_scale": (number(float, 0, 1e4, above=True), "factor on normalised intensity (24)"),
    "averaging": (number(float, 0, 0.99999), "decay of the running mean of the weights, per step (0.995)"),
    "seed": (number(int, 0, 2**31), "of the random numbers (1)"),
}
"""Options that change the recipe, by its names; each with its parser and its help."""


def parser(description):
    top = argparse.ArgumentParser(prog="python -m sparkwatch_training", description=description)
    commands = top.add_subparsers(dest="command", required=True)
    add_train(commands)
    add_learn(commands)
    add_export(commands)

    tune = commands.add_parser("calibrate", help="fit a model's class offsets and threshold to other recordings")
    tune.add_argument("model", help="the model to calibrate, .safetensors")
    tune.add_argument("calibrated", help="file to write, .safetensors")
    tune.add_argument("--validation", required=True, help="folder of annotated recordings")
    tune.add_argument("--false-events-per-minute", type=number(float, 0, 1e4),
                      help="instead of the best mean F1: of every class as much as can be found with so many false events in a "
                           "minute of the recordings; some of them should hold no event")
    add_class_order(tune)
    add_stride(tune)

    check = commands.add_parser("evaluate", help="score a model on annotated recordings")
    check.add_argument("model", help=".safetensors, or checkpoint.pt")
    check.add_argument("data", help="folder of annotated recordings")
    check.add_argument("--threshold", type=share, help="on the probability of any event; default: the model's live threshold")
    check.add_argument("--otsu", action="store_true", help="Otsu's threshold of each movie instead")
    check.add_argument("--json", help="file for the scores")
    add_class_order(check)
    add_stride(check)

    curve = commands.add_parser("curve", help="draw a training log")
    curve.add_argument("log", help="log.jsonl of a training run")
    curve.add_argument("picture", help="PNG file to write")
    return top


def add_train(commands):
    train = commands.add_parser("train", help="train a network, or fine-tune a model, within a budget of time")
    source = train.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", help="folder with NN_video.tif, NN_class_label.tif, NN_event_label.tif")
    source.add_argument("--simulate", metavar="SPARKSIM",
                        help="the program sparksim: recordings are made while training goes on, in the output folder")
    train.add_argument("--workers", type=number(int, 1, 256), default=1,
                       help="recordings that are simulated at a time, and threads that prepare crops (1)")
    train.add_argument("--validation", help="folder with other recordings, to watch the course")
    add_class_order(train)
    train.add_argument("--validation-minutes", type=number(float, 0, 1e5, above=True), default=15.0,
                       help="time from one look at them to the next (15)")
    train.add_argument("--snapshot-minutes", type=number(float, 0, 1e6, above=True), default=math.inf,
                       help="time from one model file in OUTPUT/snapshots to the next; default: none")
    train.add_argument("--minutes", type=number(float, 0, 1e6, above=True), required=True,
                       help="time budget, parts before a --resume included; the schedule spans it")
    train.add_argument("--output", required=True,
                       help="folder for checkpoint.pt, log.jsonl and, of a fine-tuned model, model.safetensors")
    train.add_argument("--initial", help="model (.safetensors) to fine-tune, instead of random weights")
    train.add_argument("--first-level", metavar="MODEL",
                       help="model (.safetensors) whose first encoder level is taken over and not trained further")
    train.add_argument("--resume", action="store_true",
                       help="go on from checkpoint.pt in the output folder, by its recipe but for what is given anew")
    train.add_argument("--tensorboard", action="store_true", help="also write TensorBoard events to the output folder")
    train.add_argument("--recipe", choices=("own", "lasting", "published"), default="own",
                       help="own: ours; lasting: from a model on, for days, with --simulate; published: that of the 2024 paper, for a GPU; other options change it further")
    for name, (kind, text) in RECIPE_OPTIONS.items():
        train.add_argument(f"--{name.replace('_', '-')}", type=kind, help=text)


def add_learn(commands):
    learn = commands.add_parser("learn", help="from reviewed movies to a better model, with proof; `sparkwatch learn` calls it")
    learn.add_argument("folder", help="folder of reviewed movies, as `sparkwatch review` writes them; folders below are searched too")
    learn.add_argument("--model", required=True, help="the model in use (.safetensors), from which training starts")
    learn.add_argument("--sparkwatch", required=True, help="the program sparkwatch, which analyses and scores")
    learn.add_argument("--output", help="new folder for model and report; default: learned-DATE-TIME in the folder")
    learn.add_argument("--minutes", type=number(float, 0, 1e5, above=True), default=20.0,
                       help="time for all trainings together (20); analysis and calibration come on top")
    learn.add_argument("--cells", help="CSV table with the columns movie and cell; default: cells.csv in the folder, or every movie "
                                       "is a cell of its own")
    learn.add_argument("--held-out", help="folder of reviewed movies of other cells, which only judge the new model")
    learn.add_argument("--no-curve", dest="curve", action="store_false",
                       help="leave out what tells how many more movies would help: two trainings of five")
    learn.add_argument("--install", action="store_true", help="make the model the one in use if it is better")
    learn.add_argument("--threads", type=number(int, 1, 1024), help="threads of analysis; default: one per core")
    learn.add_argument("--seed", type=number(int, 0, 2**31), default=1, help="of the random numbers (1)")


def add_export(commands):
    export = commands.add_parser("export", help="write a model for the detector")
    export.add_argument("checkpoint", help="checkpoint.pt of a training run")
    export.add_argument("model", help="file to write, .safetensors")
    threshold = export.add_mutually_exclusive_group()
    threshold.add_argument("--validation", help="folder of recordings on which class offsets and threshold are calibrated; "
                                                "default: those of the model that training started from")
    threshold.add_argument("--live-threshold", type=share, help="on the probability of any event; no class offsets then")
    export.add_argument("--average-with", metavar="MODEL",
                        help="write the mean of the weights and those of this model, like the one that training started from")
    export.add_argument("--note", default="", help="what the data were; goes into the model's metadata")
    export.add_argument("--pixel-size-um", type=size,
                        help="of the training movies, for the metadata; default: as in the initial model, or 0.2")
    export.add_argument("--frame-interval-ms", type=size, help="of the training movies, likewise; or 6.8")
    add_class_order(export)
    add_stride(export)


def add_class_order(command):
    command.add_argument("--class-order", type=class_order, default=ClassOrder(), metavar="NAMES",
                         help="what the numbers 1, 2, 3 of class masks mean (spark,wave,puff); of masks with 2 puff, 3 wave: "
                              "spark,puff,wave")


def add_stride(command):
    command.add_argument("--stride", type=number(int, 1, 256), default=STRIDE_FRAMES,
                         help=f"frames from one window to the next on annotated recordings ({STRIDE_FRAMES})")
