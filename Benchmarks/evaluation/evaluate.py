"""Measures a model on the fixed held-out set of simulated recordings and writes the table as Markdown and JSON.

    python Benchmarks/evaluation/evaluate.py --output evaluation [--model FILE]

Makes the recordings (once per folder), runs `sparkwatch analyze` as the published pipeline works and causally with
--streaming, runs a classical detector, scores all of them with `sparkwatch score`, and counts false events in
recordings without any.
"""
import argparse
import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

import tifffile

import classical
import held_out

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("sparks", "puffs", "waves")
BANDS = (("SNR90 below 2.4", 0.0, 2.4), ("SNR90 2.4 to 4", 2.4, 4.0), ("SNR90 above 4", 4.0, float("inf")))
# Dotti et al., Cell Calcium 2024 and their public notebooks: the authors' test set of real recordings.
PUBLISHED = {
    "iou": {"sparks": 0.195, "puffs": 0.181, "waves": 0.279, "average": 0.22, "binary": 0.339},
    "annotated": {
        "sparks": {"tot": 265, "sparks": 153, "puffs": 24, "waves": 0, "undetected": 91},
        "puffs": {"tot": 74, "sparks": 39, "puffs": 41, "waves": 0, "undetected": 19},
        "waves": {"tot": 7, "sparks": 6, "puffs": 5, "waves": 4, "undetected": 1},
    },
    "metrics": {
        "sparks": {"precision": 0.39, "recall": 0.58, "f1-score": 0.47, "detected": 0.66, "correctly_classified": 0.59},
        "puffs": {"precision": 0.37, "recall": 0.55, "f1-score": 0.45, "detected": 0.74, "correctly_classified": 0.66},
        "waves": {"precision": 1.00, "recall": 0.57, "f1-score": 0.73, "detected": 0.86, "correctly_classified": 1.00},
    },
}


def main():
    options = parse_options()
    output = Path(options.output)
    movies = output / "recordings"
    recordings = held_out.recordings()[::options.every]
    held_out.synthesise(movies, options.binaries / "sparksim", options.frames, options.style, recordings)
    groups = grouped(movies, recordings)

    methods = {
        "whole movie": lambda folder: analyze(options, movies, recordings, folder),
        "causal (--streaming)": lambda folder: analyze(options, movies, recordings, folder, "--streaming"),
        "classical detector": lambda folder: detect_classically(movies, recordings, folder),
    }
    results = {}
    for index, (name, detect) in enumerate(methods.items()):
        folder = output / f"method-{index}"
        folder.mkdir(exist_ok=True)
        started = time.monotonic()
        detect(folder)
        seconds = time.monotonic() - started
        results[name] = {
            "seconds": round(seconds, 1),
            "groups": {
                group: score(options, movies, folder, output / "labels", members)
                for group, members in groups.items()
            },
        }
        print(f"{name}: {seconds:.0f} s", flush=True)

    report = {
        "set": {"seed": held_out.SEED, "frames": options.frames, "style": options.style, "recordings": [
            {"name": recording.name, "snr90": held_out.truth(movies, recording).get("signal_to_noise90")}
            for recording in recordings
        ]},
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "groups": {group: [recording.name for recording in members] for group, members in groups.items()},
        "methods": results,
        "published_on_real_recordings": PUBLISHED,
    }
    (output / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n")
    (output / "evaluation.md").write_text(markdown(report))
    print(markdown(report))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="evaluation", help="folder for recordings and results")
    parser.add_argument("--model", type=Path, default=ROOT / "Config/default-model.safetensors")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    parser.add_argument("--frames", type=int, default=1000, help="length of every recording")
    parser.add_argument("--style", default="usual", help="usual or unusual, see sparksim synth --help")
    parser.add_argument("--every", type=int, default=1, help="take every n-th recording only, for a quick look")
    parser.add_argument("--threads", type=int, help="threads of sparkwatch analyze; default: one per core")
    return parser.parse_args()


def grouped(movies, recordings):
    """Recordings by group: all with events, those of each band of the measured SNR90, and the empty ones."""
    quality = {recording: held_out.truth(movies, recording).get("signal_to_noise90") for recording in recordings}
    groups = {"all": [recording for recording in recordings if quality[recording] is not None]}
    for name, low, high in BANDS:
        groups[name] = [recording for recording in groups["all"] if low <= quality[recording] < high]
    groups["without events"] = [recording for recording in recordings if quality[recording] is None]
    return {name: members for name, members in groups.items() if members}


def analyze(options, movies, recordings, folder, *flags):
    command = [options.binaries / "sparkwatch", "analyze", "--model", options.model, "--output", folder, *flags]
    command += ["--threads", options.threads] if options.threads else []
    command += [movies / f"{recording.name}_video.tif" for recording in recordings]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def detect_classically(movies, recordings, folder):
    for recording in recordings:
        calibration = held_out.truth(movies, recording)["style"]["calibration"]
        classes, instances = classical.detect(
            tifffile.imread(movies / f"{recording.name}_video.tif"),
            calibration["pixel_size_micrometres"],
            calibration["frame_interval_milliseconds"],
        )
        for suffix, mask in (("class", classes), ("instances", instances)):
            tifffile.imwrite(folder / f"{recording.name}_{suffix}.tif", mask, compression="zlib")


def score(options, movies, predictions, labels, members):
    """What `sparkwatch score` says about some recordings."""
    labels.mkdir(exist_ok=True)
    for link in labels.iterdir():
        link.unlink()
    for recording in members:
        for suffix in ("class_label.tif", "event_label.tif"):
            name = f"{recording.name}_{suffix}"
            os.symlink((movies / name).resolve(), labels / name)
    table = labels / "score.json"
    command = [options.binaries / "sparkwatch", "score", labels, predictions, "--json", table]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return json.loads(table.read_text())


def markdown(report):
    names = list(report["methods"])
    empty_names = report["groups"].get("without events", [])
    lines = [
        f"{len(report['set']['recordings'])} simulated recordings ({report['set']['style']} style) of "
        f"{report['set']['frames']} frames, seed {report['set']['seed']}; model `{report['model_sha256'][:12]}`.",
        "Each cell: precision / recall / **F1**.",
        "",
    ]
    lines += header(["recordings", "class", "events", *names])
    for group, members in report["groups"].items():
        if group == "without events":
            continue
        for event_class in CLASSES:
            tables = [report["methods"][name]["groups"][group] for name in names]
            total = tables[0]["annotated"][event_class]["tot"]
            cells = [metrics_cell(table["metrics"][event_class]) if total else "-" for table in tables]
            lines.append(row([f"{group} ({len(members)})", event_class, total, *cells]))
    if empty_names:
        counts = []
        for name in names:
            predicted = report["methods"][name]["groups"]["without events"]["predicted"]
            counts.append(", ".join(f"{predicted[event_class]['tot']}" for event_class in CLASSES))
        lines.append(row([f"without events ({len(empty_names)})", ", ".join(CLASSES), 0, *(f"{c} found" for c in counts)]))
    all_of = {name: report["methods"][name]["groups"]["all"] for name in names}
    return "\n".join([*lines, "", *published_tables(all_of)]) + "\n"


def published_tables(tables):
    """Tables 1 to 3 of the paper over all recordings with events, for every method, and as published."""
    lines = ["Table 1, IoU of voxels, pooled; published: the authors' network on real recordings, which are other data.", ""]
    kinds = (*CLASSES, "average", "binary")
    lines += header(["", *kinds])
    for name, table in tables.items():
        lines.append(row([name, *(f"{table['iou_pooled'][kind]:.3f}" for kind in kinds)]))
    lines.append(row(["published", *(f"{PUBLISHED['iou'][kind]:.3f}" for kind in kinds)]))

    lines += ["", "Table 2, annotated events and the classes of what was found where they are.", ""]
    lines += header(["", "annotated", "total", *CLASSES, "undetected"])
    for name, table in (*tables.items(), ("published", PUBLISHED)):
        for event_class in CLASSES:
            counts = table["annotated"][event_class]
            lines.append(row([name, event_class, *(counts[key] for key in ("tot", *CLASSES, "undetected"))]))
    lines += ["", "Found events, and the classes of what is annotated where they are.", ""]
    lines += header(["", "found", "total", *CLASSES, "unlabelled", "ignored"])
    for name, table in tables.items():
        for event_class in CLASSES:
            counts = table["predicted"][event_class]
            lines.append(row([name, event_class, *(counts[key] for key in ("tot", *CLASSES, "unlabeled", "ignored"))]))

    lines += ["", "Table 3.", ""]
    keys = ("precision", "recall", "f1-score", "detected", "correctly_classified")
    lines += header(["", "class", "precision", "recall", "F1", "detected", "correct class"])
    for name, table in (*tables.items(), ("published", PUBLISHED)):
        for event_class in CLASSES:
            lines.append(row([name, event_class, *(_metric(table, event_class, key) for key in keys)]))
    return lines


def _metric(table, event_class, key):
    """Nothing can be said of a class that does not occur."""
    metrics = table["metrics"][event_class]
    return "-" if metrics is None else f"{metrics[key]:.2f}"


def header(cells):
    return [row(cells), row(["---"] * len(cells))]


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def metrics_cell(metrics):
    return f"{metrics['precision']:.2f} / {metrics['recall']:.2f} / **{metrics['f1-score']:.2f}**"


if __name__ == "__main__":
    main()
