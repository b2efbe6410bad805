"""The loop from corrections to a better model, on laboratories that are simulated: what does it gain, and how long does it take?

    python Benchmarks/learning/loop.py --output loop [--laboratories unusual widefield rim] [--movies 2 4] [--minutes 20]

Of every laboratory (`sparksim synth --like`: one kinetics, one noise, one annotator, other cells) some movies are reviewed and
others only judge. The reviewer is ideal (labels are the truth), or errs in one event of ten: half of those are deleted, half
retyped. `sparkwatch learn` runs on 2, 4, ... movies; F1 before and after is that of the judging cells, which learning never
sees. Results are kept in OUTPUT/loop.json, so a second call only does what is missing; OUTPUT/loop.md is the table.
"""
import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import tifffile

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks" / "evaluation"))
from sets import records_sparks  # noqa: E402

SEED = 40_423
CLASSES = ("spark", "wave", "puff", "mean")
REVIEWERS = ("ideal", "erring")
ERRING_SHARE = 0.1


def main():
    options = parse_options()
    output = Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    record = output / "loop.json"
    results = json.loads(record.read_text()) if record.exists() else []
    for index, style in enumerate(options.laboratories):
        laboratory = output / f"{index + 1}-{style}"
        make_laboratory(options, laboratory, style, index)
        for reviewer in options.reviewers:
            for movies in options.movies:
                wanted = {"laboratory": style, "reviewer": reviewer, "movies": movies, "minutes": options.minutes,
                          "frames": options.frames, "curve": options.curve}
                if not any(wanted.items() <= result.items() for result in results):
                    results.append(wanted | learnt(options, laboratory, reviewer, movies))
                    record.write_text(json.dumps(results, indent=1) + "\n")
                    (output / "loop.md").write_text(table(results))
    print(table(results))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="loop", help="folder for movies and results")
    parser.add_argument("--laboratories", nargs="+", default=["unusual", "widefield", "rim"], help="styles of sparksim synth")
    parser.add_argument("--reviewers", nargs="+", choices=REVIEWERS, default=list(REVIEWERS))
    parser.add_argument("--movies", nargs="+", type=int, default=[2, 4], help="reviewed movies, a cell each")
    parser.add_argument("--judging", type=int, default=6, help="movies of other cells that judge")
    parser.add_argument("--frames", type=int, default=1000, help="length of a movie")
    parser.add_argument("--minutes", type=float, default=20, help="time for the trainings of one run")
    parser.add_argument("--no-curve", dest="curve", action="store_false", help="leave out the learning curve")
    parser.add_argument("--model", type=Path, default=ROOT / "Config/default-model.safetensors")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    return parser.parse_args()


def make_laboratory(options, folder, style, index):
    """One recording decides what the laboratory is like; the others resemble it."""
    synth = [options.binaries / "sparksim", "synth", "--frames", options.frames, "--seed", SEED + index]
    for number in range(1, 41):
        pattern = folder / "pattern" / f"{number:02}_events.json"
        if not pattern.exists():
            run(*synth, "--style", style, "--first-number", number, "--output", pattern.parent)
        if records_sparks(json.loads(pattern.read_text())):
            break
    else:
        raise SystemExit(f"{pattern.parent}: no recording shows sparks; the style has changed")
    count = max(options.movies) + options.judging
    for number in range(1, count + 1):
        # The judging cells come first, so that more reviewed movies leave them as they are.
        part = "judging" if number <= options.judging else "truth"
        if not (folder / part / f"{number:02}_events.json").exists():
            run(*synth[:-1], SEED + 1000 + index, "--like", pattern, "--first-number", number, "--output", folder / part)


def learnt(options, laboratory, reviewer, movies):
    """F1 before and after on the judging cells, and the time that it took."""
    folder = laboratory / f"{reviewer}-{movies}"
    names = sorted(path.name.removesuffix("_class_label.tif") for path in (laboratory / "truth").glob("*_class_label.tif"))[:movies]
    for name in names:
        review(laboratory / "truth", name, folder / "reviewed-simulated", errs=reviewer == "erring")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    say(f"{laboratory.name}: {reviewer} reviewer, {movies} movies")
    output = folder / f"learned-{time.time_ns()}"
    words = ["-m", "sparkwatch_training", "learn", folder, "--held-out", laboratory / "judging", "--minutes", options.minutes,
             "--model", options.model, "--sparkwatch", options.binaries / "sparkwatch", "--output", output]
    run(sys.executable, *words, *([] if options.curve else ["--no-curve"]),
        environment=os.environ | {"PYTHONPATH": str(ROOT / "Training")})
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = json.loads((output / "report.json").read_text())
    return {
        "is_better": report["is_better"], "summary": report["summary"], "advice": report["advice"], "cross": report["numbers"]["gain"],
        "held_out": report["numbers"].get("held_out"), "wall_minutes": round(wall / 60, 1), "cpu_minutes": round(cpu / 60, 1),
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores", "date": date.today().isoformat(),
    }


def review(truth, name, folder, errs):
    """Labels as the reviewer leaves them, beside a link to the movie."""
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / f"{name}_video.tif"
    if not link.exists():
        link.symlink_to((truth / link.name).resolve())
    classes, events = (tifffile.imread(truth / f"{name}_{kind}_label.tif") for kind in ("class", "event"))
    if errs:
        rng = np.random.default_rng([SEED, int(name)])
        for number in np.unique(events[events > 0]):
            if rng.random() >= ERRING_SHARE:
                continue
            members = events == number
            if rng.random() < 0.5:
                classes[members] = events[members] = 0
            else:
                own = int(classes[members][0])
                classes[members] = rng.choice([label for label in (1, 2, 3) if label != own])
    for kind, labels in (("class", classes), ("event", events)):
        tifffile.imwrite(folder / f"{name}_{kind}_label.tif", labels, compression="zlib", photometric="minisblack")


def table(results):
    """Results as Markdown; F1 with 95 % intervals over the judging cells."""
    lines = ["| laboratory | reviewer | movies | class | before | after | gain | minutes | CPU minutes |", "|---|---|---|---|---|---|---|---|---|"]
    for result in results:
        scores = result["held_out"]
        for name in CLASSES:
            if scores is None or scores["before"][name] is None:
                continue
            cells = " | ".join(text(scores[part][name]) for part in ("before", "after", "gain"))
            lines.append(f"| {result['laboratory']} | {result['reviewer']} | {result['movies']} | {name} | {cells} | "
                         f"{result['wall_minutes']} | {result['cpu_minutes']} |")
        if scores is None:
            lines.append(f"| {result['laboratory']} | {result['reviewer']} | {result['movies']} | all | no model | | | "
                         f"{result['wall_minutes']} | {result['cpu_minutes']} |")
    return "\n".join(lines) + "\n"


def text(estimate):
    return f"{estimate['value']:.2f} ({estimate['low']:.2f} to {estimate['high']:.2f})"


def run(*words, environment=None):
    result = subprocess.run([str(word) for word in words], stdout=subprocess.DEVNULL, env=environment)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, words[:4]))} failed")


def say(line):
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
