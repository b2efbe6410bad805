"""Measures a model far from home: kinds of laboratory it was and was not trained on, slow movies, cells that move, ten
laboratories, and an hour in which nothing happens.

    python Benchmarks/evaluation/broad.py --output broad [--model FILE] [--against FILE] [--every 3] [--only unusual]

Makes the recordings (once per folder), runs `sparkwatch analyze --streaming` (and, of the sets in WHOLE, the whole movie),
scores every recording with `sparkwatch score`, and writes broad.json and broad.md. Results of a model are kept, so a second
call only does what is missing. With --against a second model runs on the same recordings and the differences are listed.
"""
import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import tifffile

import intervals
import odd_input
import sets
from broad_tables import markdown

ROOT = Path(__file__).resolve().parents[2]
WHOLE = ("usual", "unusual")
"""Sets that are analysed as whole movies, too."""


def main():
    options = parse_options()
    output = Path(options.output)
    parts = {name: (output / "recordings" / name.replace(" ", "-"), recordings[:: options.every])
             for name, recordings in sets.sets().items() if wanted(options, name)}
    for name, (folder, recordings) in parts.items():
        say(f"recordings: {name}")
        sets.synthesise(folder, options.binaries / "sparksim", recordings, options.frames)
    for index in range(len(sets.LABORATORIES)) if wanted(options, "laboratories") else ():
        say(f"recordings: laboratory {index + 1}")
        folder = output / "recordings" / f"laboratory-{index + 1}"
        made = sets.laboratory(folder, options.binaries / "sparksim", index, options.frames)
        parts[f"laboratory {index + 1}"] = folder, made[:: options.every]

    models = {role: path for role, path in (("model", options.model), ("against", options.against)) if path}
    report = {"frames": options.frames, "seed": sets.SEED, "every": options.every, "models": {}}
    odd = wanted(options, "odd") and options.odd_minutes > 0
    empty = found_in_odd_input(options, output, models) if odd else {}
    for role, model in models.items():
        report["models"][role] = measured(options, output, model, parts) | ({"odd": empty[role]} if odd else {})
        write(output, report)
    if options.against:
        report["differences"] = differences(report)
    write(output, report)
    print(markdown(report))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="broad", help="folder for recordings and results")
    parser.add_argument("--model", type=Path, default=ROOT / "Config/default-model.safetensors")
    parser.add_argument("--against", type=Path, help="another model, to compare with")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    parser.add_argument("--frames", type=int, default=sets.FRAMES, help="length of every recording")
    parser.add_argument("--every", type=int, default=1, help="take every n-th recording of a set only, for a quick look")
    parser.add_argument("--only", action="append", help="this set only (a name of the table, laboratories or odd); may be repeated")
    parser.add_argument("--odd-minutes", type=float, default=60, help="length of empty and odd input together; 0: none")
    parser.add_argument("--threads", type=int, help="threads of sparkwatch analyze; default: one per core")
    return parser.parse_args()


def wanted(options, name):
    return not options.only or name in options.only


def measured(options, output, model, parts):
    """Everything that is known of a model on the sets: scores, laboratories, confidence, streaming beside whole movies."""
    name = hashlib.sha256(model.read_bytes()).hexdigest()
    result = {"sha256": name, "sets": {}, "recordings": {}}
    judged = {label: [] for label in intervals.CLASSES}
    for part, (folder, recordings) in parts.items():
        started = time.monotonic()
        place = output / "found" / name[:12] / folder.name
        result["recordings"][part] = {}
        for mode in ("streaming", "whole") if part in WHOLE else ("streaming",):
            analyze(options, model, folder, recordings, place / mode, mode)
            tables = {recording.name: score(options, folder, recording.name, place / mode) for recording in recordings}
            result["recordings"][part][mode] = tables
            result["sets"].setdefault(part, {})[mode] = {
                label: intervals.with_interval([counts[label] for counts in tables.values()]) for label in intervals.CLASSES
            }
        for recording in recordings:
            judge(folder, recording.name, place / "streaming", judged)
        say(f"{part}: {time.monotonic() - started:.0f} s")
    result["reliability"] = {label: intervals.reliability(events) for label, events in judged.items()}
    laboratories = [result["sets"][part]["streaming"] for part in parts if part.startswith("laboratory")]
    if laboratories:
        result["laboratories"] = {
            label: intervals.median_of([scores[label]["f1"] for scores in laboratories if scores[label]])
            for label in intervals.CLASSES if any(scores[label] for scores in laboratories)
        }
    return result


def analyze(options, model, folder, recordings, output, mode):
    flags = ["--streaming"] if mode == "streaming" else []
    flags += ["--threads", options.threads] if options.threads else []
    movies = [folder / f"{recording.name}_video.tif" for recording in recordings]
    sets.run(options.binaries / "sparkwatch", "analyze", "--model", model, "--output", output, "--resume", *flags, *movies)


def score(options, folder, name, found):
    """(right, predicted, found, annotated) of every class of one recording, as `sparkwatch score` counts."""
    labels = found / f"labels-{name}"
    labels.mkdir(exist_ok=True)
    for kind in ("class_label.tif", "event_label.tif"):
        link = labels / f"{name}_{kind}"
        if not link.exists():
            os.symlink((folder / link.name).resolve(), link)
    table = labels / "score.json"
    sets.run(options.binaries / "sparkwatch", "score", labels, found, "--json", table)
    scores = json.loads(table.read_text())
    return {label: intervals.counts(scores, label) for label in intervals.CLASSES}


def judge(folder, name, found, judged):
    """Adds the confidence of every found event, and whether it is right, to the list of its class."""
    events = json.loads((found / f"{name}_events.json").read_text())["events"]
    confidence = {int(event["event_id"].rpartition("-")[2]): event["confidence"] for event in events}
    arrays = [tifffile.imread(folder / f"{name}_{kind}_label.tif") for kind in ("class", "event")]
    arrays += [tifffile.imread(found / f"{name}_{kind}.tif") for kind in ("class", "instances")]
    for number, label, right in intervals.judged(*arrays):
        if right is not None:
            judged[intervals.CLASSES[(1, 3, 2).index(label)]].append((confidence[number], right))


def found_in_odd_input(options, output, models):
    """Events that each model finds where none is, by kind; the movies are made anew, and go when all models have seen them."""
    minutes_of_a_movie = odd_input.FRAMES * odd_input.INTERVAL_MS / 60_000
    count = max(1, round(options.odd_minutes / len(odd_input.KINDS) / minutes_of_a_movie))
    results = {role: {"kinds": {}} for role in models}
    for kind in odd_input.KINDS:
        folder = output / "odd" / kind.replace(" ", "-")
        names = {role: hashlib.sha256(model.read_bytes()).hexdigest()[:12] for role, model in models.items()}
        kept = {role: output / "found" / name / "odd" / f"{folder.name}-{count}.json" for role, name in names.items()}
        if not all(path.exists() for path in kept.values()):
            started = time.monotonic()
            paths = odd_input.make(folder, options.binaries / "sparksim", kind, count)
            for role, model in models.items():
                odd_input.analyze(options.binaries / "sparkwatch", model, paths, folder / role, options.threads)
                kept[role].parent.mkdir(parents=True, exist_ok=True)
                kept[role].write_text(json.dumps([events_of(folder / role, path) for path in paths]) + "\n")
            shutil.rmtree(folder)
            say(f"{kind}: {time.monotonic() - started:.0f} s")
        for role, path in kept.items():
            counts = np.array(json.loads(path.read_text()))
            minutes = count * minutes_of_a_movie
            rates = {label: intervals.rate(int(counts[:, at].sum()), minutes) for at, label in enumerate(intervals.CLASSES)}
            results[role]["kinds"][kind] = rates | {"any": intervals.rate(int(counts.sum()), minutes)}
    for result in results.values():
        result["together"] = {
            label: intervals.rate(sum(kind[label]["events"] for kind in result["kinds"].values()),
                                  len(odd_input.KINDS) * count * minutes_of_a_movie)
            for label in (*intervals.CLASSES, "any")
        }
    return results


def events_of(folder, movie):
    """How many sparks, puffs and waves were found in a movie."""
    path = folder / f"{movie.name.removesuffix('_video.tif')}_events.json"
    types = [event["event_type"] for event in json.loads(path.read_text())["events"]]
    return [sum(kind.rstrip("s") == label.rstrip("s") for kind in types) for label in intervals.CLASSES]


def differences(report):
    """Where the model is better or worse than the other one, on the same recordings."""
    new, old = (report["models"][role]["recordings"] for role in ("model", "against"))
    result = {}
    for part, modes in new.items():
        result[part] = {}
        for label in intervals.CLASSES:
            tables = [[counts[label] for counts in recordings[part]["streaming"].values()] for recordings in (new, old)]
            result[part][label] = intervals.difference(*tables)
    return result


def write(output, report):
    (output / "broad.json").write_text(json.dumps(report, indent=1) + "\n")
    (output / "broad.md").write_text(markdown(report))


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
