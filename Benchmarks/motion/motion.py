"""Measures what movement of the cell does to detection, with and without stabilisation, and writes the tables as Markdown.

    python Benchmarks/motion/motion.py --output motion [--recordings 3] [--only rigid]

Every recording is made once for every movement, with the same cell and events; `sparkwatch analyze --streaming` runs on
each with --stabilize auto and off, and `sparkwatch score` compares with the labels, which move with the cell. The shift
of every frame is compared with the truth that `sparksim synth` writes.
"""
import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tifffile

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("sparks", "puffs", "waves")
SEED = 4711
STILL = "sway-y=0@1"
HERTZ = (0.5, 2, 7.7, 25, 60)
PIXELS = (0.25, 0.5, 1, 2, 4)
RIGID = {f"{amplitude} px, {hertz} Hz": f"sway-y={amplitude}@{hertz}" for hertz in HERTZ for amplitude in PIXELS}
OTHER = {
    "along the cell, 3 px, 1.2 Hz": "sway-x=3@1.2",
    "drift, 5.9 px/s along the cell": "drift-x=5.9",
    "another place in every frame, 0.5 px": "jitter-y=0.5,jitter-x=0.5",
    "vibration, 1 px, 50 Hz, and drift": "vibration-y=1@50,vibration-x=0.5@37,drift-x=2",
}
NON_RIGID = {
    "contraction, 2 px, 1 Hz": "contraction=2@1",
    "contraction, 4 px, 0.5 Hz": "contraction=4@0.5",
    "contraction that stays, 3 px": "contracture=3",
    "lines one after another, 2 px, 25 Hz": "sway-y=2@25,lines",
    "focus, 1.5 px, 1 Hz": "focus=1.5@1",
}
GROUPS = {"rigid": RIGID, "other": OTHER, "nonrigid": NON_RIGID}


def main():
    options = parse_options()
    output = Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    movements = {"none": STILL}
    for group in options.only or GROUPS:
        movements |= GROUPS[group]
    report = {"machine": platform.processor() or platform.machine(), "frames": options.frames, "rows": {}}
    for name, shake in movements.items():
        started = time.monotonic()
        folder = output / "".join(c if c.isalnum() else "-" for c in shake)
        synthesise(options, folder, shake)
        row = {"shake": shake}
        for policy in ("auto", "off") if name == "none" or not options.no_off else ("auto",):
            found = folder / policy
            analyze(options, folder, found, policy)
            row[policy] = score(options, folder, found)
            row[policy]["unflagged"] = score(options, folder, without_flagged(folder, found), "-unflagged")
        row["shift_error_px"] = shift_errors(options, folder)
        report["rows"][name] = row
        (output / "motion.json").write_text(json.dumps(report, indent=1) + "\n")
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    text = markdown(report, options)
    (output / "motion.md").write_text(text)
    print(text)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="motion", help="folder for recordings and results")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    parser.add_argument("--model", type=Path, default=ROOT / "Config/default-model.safetensors")
    parser.add_argument("--recordings", type=int, default=3, help="recordings for each movement")
    parser.add_argument("--frames", type=int, default=512, help="length of every recording")
    parser.add_argument("--snr", type=float, default=3, help="SNR90 of the recordings")
    parser.add_argument("--no-off", action="store_true", help="what moves is analysed with --stabilize auto only")
    parser.add_argument("--only", choices=GROUPS, action="append", help="this group of movements only; may be repeated")
    return parser.parse_args()


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def synthesise(options, folder, shake):
    """One recording in three has waves for sure."""
    for number in range(1, options.recordings + 1):
        if (folder / f"{number:02}_events.json").exists():
            continue
        events = "waves" if number % 3 == 0 else "any"
        run(options.binaries / "sparksim", "synth", "--output", folder, "--first-number", number, "--seed", SEED,
            "--frames", options.frames, "--snr", options.snr, "--events", events, "--shake", shake)


def analyze(options, folder, output, policy):
    movies = [folder / f"{number:02}_video.tif" for number in range(1, options.recordings + 1)]
    run(options.binaries / "sparkwatch", "analyze", "--model", options.model, "--streaming", "--stabilize", policy,
        "--output", output, *movies)


def shift_errors(options, folder):
    """Distance of every frame's shift from the truth, without the constant between the two origins."""
    errors = []
    for number in range(1, options.recordings + 1):
        with (folder / "auto" / f"{number:02}_movement.csv").open() as lines:
            found = np.array([(float(row["shift_y_px"]), float(row["shift_x_px"])) for row in csv.DictReader(lines)])
        truth = json.loads((folder / f"{number:02}_events.json").read_text())["movement"]
        wanted = np.stack([truth["shifts_y_pixels"], truth["shifts_x_pixels"]], 1)
        difference = found - wanted
        errors.append(np.abs(difference - np.median(difference, 0)))
    errors = np.concatenate(errors)
    return {"y": quantiles(errors[:, 0]), "x": quantiles(errors[:, 1])}


def quantiles(values):
    return {"median": round(float(np.median(values)), 3), "p95": round(float(np.percentile(values, 95)), 3)}


def without_flagged(folder, found):
    """Masks of the events that do not carry the flag motion."""
    target = found.with_name(found.name + "-unflagged")
    target.mkdir(exist_ok=True)
    for path in found.glob("*_instances.tif"):
        name = path.name.removesuffix("_instances.tif")
        events = json.loads((found / f"{name}_events.json").read_text())["events"]
        flagged = [int(event["event_id"].rpartition("-")[2]) for event in events if "motion" in event["flags"]]
        instances = tifffile.imread(path)
        classes = tifffile.imread(found / f"{name}_class.tif")
        hidden = np.isin(instances, flagged)
        instances[hidden] = 0
        classes[hidden] = 0
        tifffile.imwrite(target / f"{name}_instances.tif", instances, compression="zlib")
        tifffile.imwrite(target / f"{name}_class.tif", classes, compression="zlib")
    return target


def score(options, folder, found, suffix=""):
    labels = folder / "labels"
    labels.mkdir(exist_ok=True)
    for number in range(1, options.recordings + 1):
        for kind in ("class_label.tif", "event_label.tif"):
            link = labels / f"{number:02}_{kind}"
            if not link.exists():
                os.symlink((folder / link.name).resolve(), link)
    table = folder / f"score{suffix}.json"
    run(options.binaries / "sparkwatch", "score", labels, found, "--json", table)
    scores = json.loads(table.read_text())
    # A class that does not occur has no metrics.
    none = dict.fromkeys(("precision", "recall", "f1-score"), float("nan"))
    return {name: scores["metrics"][name] or none for name in CLASSES} | {
        "found": {name: scores["predicted"][name]["tot"] for name in CLASSES},
        "annotated": {name: scores["annotated"][name]["tot"] for name in CLASSES},
    }


def markdown(report, options):
    first = report["rows"]["none"]["off"]
    counts = ", ".join(f"{first['annotated'][name]} {name}" for name in CLASSES)
    lines = [
        f"{options.recordings} recordings of {options.frames} frames for each movement, seed {SEED}, SNR90 {options.snr:g}: "
        f"{counts}. Precision / recall / **F1**.",
        "",
        "| movement | stabilize | sparks | puffs | waves | without flagged: sparks | puffs | shift error y, x: median (p95), px |",
        "|" + "---|" * 8,
    ]
    for name, row in report["rows"].items():
        for policy in ("off", "auto"):
            if policy not in row:
                continue
            cells = [cell(row[policy][kind]) for kind in CLASSES]
            cells += [cell(row[policy]["unflagged"][kind]) for kind in CLASSES[:2]]
            error = ", ".join(f"{e['median']} ({e['p95']})" for e in row["shift_error_px"].values())
            lines.append("| " + " | ".join([name, policy, *cells, error if policy == "auto" else ""]) + " |")
    return "\n".join(lines) + "\n"


def cell(metrics):
    return f"{metrics['precision']:.2f} / {metrics['recall']:.2f} / **{metrics['f1-score']:.2f}**"


if __name__ == "__main__":
    main()
