"""What usual recordings look like in the numbers of `sparkwatch doctor`, and how far others are from them.

    python Benchmarks/doctor/styles.py --output styles

Makes simulated recordings of the style that the default model was trained on (once per folder), has `sparkwatch doctor`
measure them, and prints the table for Sources/Session/Doctor/FamiliarStyles.swift: the median of every feature, and half of
the range that holds the middle 68 %. Then it prints the distances of usual recordings that the table was not made of, and of
unusual ones.
"""
import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
# Name: seed, options of sparksim, recordings.
SETS = {
    "training": (70001, [], 120),
    "usual, others": (70002, [], 60),
    "usual, without events": (70003, ["--events", "none"], 12),
    "usual, with waves": (70004, ["--events", "waves"], 12),
    "unusual": (70005, ["--style", "unusual"], 40),
}


def main():
    options = parse_options()
    output = Path(options.output)
    styles, examined = {}, {}
    for name, (seed, extra, count) in SETS.items():
        folder = output / "".join(c if c.isalnum() else "-" for c in name)
        synthesise(folder, seed, extra, count, options)
        reports = examine(folder, options)
        styles[name] = [report["style"] for report in reports]
        examined[name] = [check(report, "style") for report in reports]
    features = sorted(styles["training"][0])
    print("        [")
    for feature in features:
        values = np.array([style[feature] for style in styles["training"]])
        print(f"            .{swift(feature)}: Spread(middle: {np.median(values):.3f}, deviation: {deviation(values):.3f}),")
    print("        ]\n")
    print("| recordings | number | median distance | 95 % | largest | like | unlike | not at all |")
    print("|---|---|---|---|---|---|---|---|")
    for name, checks in examined.items():
        distances = np.array([item["value"] for item in checks if item["value"] is not None])
        if len(distances) == 0:
            continue
        grades = [item["grade"] for item in checks]
        shares = " | ".join(str(grades.count(grade)) for grade in ("good", "notice", "bad"))
        print(f"| {name} | {len(checks)} | {np.median(distances):.2f} | {np.quantile(distances, 0.95):.2f} | {distances.max():.2f} | {shares} |")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="styles")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--frames", type=int, default=256)
    return parser.parse_args()


def synthesise(folder, seed, extra, count, options):
    folder.mkdir(parents=True, exist_ok=True)
    there = len(list(folder.glob("*_video.tif")))
    if there >= count:
        return
    command = [options.binaries / "sparksim", "synth", "--output", folder, "--seed", seed, "--count", count - there]
    command += ["--first-number", there + 1, "--frames", options.frames, *extra]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def examine(folder, options):
    command = [options.binaries / "sparkwatch", "doctor", folder, "--json", "--no-speed", "--frames", options.frames]
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert result.returncode in (0, 2), result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def deviation(values):
    """Half of the middle 68 %, or what the middle 90 % of a normal distribution would come from, if that is more."""
    lowest, low, high, highest = np.quantile(values, [0.05, 0.16, 0.84, 0.95])
    return max((high - low) / 2, (highest - lowest) / 3.29)


def check(report, name):
    return next(item for item in report["examination"]["checks"] if item["name"] == name)


def swift(feature):
    names = {"light_outside": "blank", "cell_share": "coverage", "noise_along_x": "noiseAlongX", "noise_along_y": "noiseAlongY"}
    head, *rest = feature.split("_")
    return names.get(feature, head + "".join(word.capitalize() for word in rest))


if __name__ == "__main__":
    main()
