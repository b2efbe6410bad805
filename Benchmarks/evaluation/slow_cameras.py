"""What is found in recordings of slow cameras, as they are and with frames interpolated for the network.

    python Benchmarks/evaluation/slow_cameras.py --output slow [--intervals 6.8 13.6 20] [--interpolate off 2 4]

Makes simulated recordings at every frame interval (once per folder), analyses them with every value of --interpolate, scores
them, and writes F1 of all classes as Markdown.
"""
import argparse
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("sparks", "puffs", "waves")
SEED = 91001


def main():
    options = parse_options()
    output = Path(options.output)
    lines = ["| frame interval (ms) | mode | frames for each | F1 of sparks (precision, recall) | F1 of puffs | F1 of waves |", "|---|---|---|---|---|---|"]
    for interval in options.intervals:
        movies = output / f"{interval:g}-ms"
        synthesise(movies, interval, options)
        for mode in options.modes:
            for factor in options.interpolate:
                scores = score(movies, output / f"{interval:g}-ms-{mode}-{factor}", mode, factor, options)
                sparks = scores["sparks"]
                cells = [f"{sparks['f1-score']:.2f} ({sparks['precision']:.2f}, {sparks['recall']:.2f})"]
                cells += [f"{scores[name]['f1-score']:.2f}" for name in CLASSES[1:]]
                lines.append(f"| {interval:g} | {mode} | {factor} | {' | '.join(cells)} |")
                print(lines[-1], flush=True)
    (output / "slow_cameras.md").write_text("\n".join(lines) + "\n")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="slow")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--count", type=int, default=16, help="recordings at every interval")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a recording")
    parser.add_argument("--intervals", type=float, nargs="+", default=[6.8, 10, 13.6, 20, 27.2])
    parser.add_argument("--interpolate", nargs="+", default=["off", "2", "4"])
    parser.add_argument("--modes", nargs="+", choices=["whole", "streaming"], default=["whole"])
    parser.add_argument("--pixel-size", type=float, default=0.2)
    return parser.parse_args()


def synthesise(folder, interval, options):
    if folder.exists():
        return
    command = [options.binaries / "sparksim", "synth", "--output", folder, "--count", options.count, "--seed", SEED]
    command += ["--frames", round(options.seconds * 1000 / interval), "--frame-interval", interval]
    run(command + ["--pixel-size", options.pixel_size])


def score(movies, found, mode, factor, options):
    command = [options.binaries / "sparkwatch", "analyze", movies, "--output", found, "--interpolate", factor]
    run(command + (["--streaming"] if mode == "streaming" else []))
    scores = found / "scores.json"
    run([options.binaries / "sparkwatch", "score", movies, found, "--json", scores])
    return json.loads(scores.read_text())["metrics"]


def run(command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


if __name__ == "__main__":
    main()
