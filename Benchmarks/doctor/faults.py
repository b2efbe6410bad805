"""What `sparkwatch doctor` finds in 40 recordings, 32 of them with a planted fault.

    python Benchmarks/doctor/faults.py --output faults

Makes simulated recordings (once per folder), plants one fault in each but eight, has `sparkwatch doctor` examine them, and
writes as Markdown: for every fault how often the check that is meant for it says notice or bad, and every other check that
does: a false alarm unless it follows from the fault, or the simulator itself drew such a recording (cells that move a little,
frames that repeat, few photons), which its files say.
"""
import argparse
import json
import subprocess
from collections import defaultdict
from pathlib import Path

import numpy as np
import tifffile

ROOT = Path(__file__).resolve().parents[2]
SEED = 81001
INTERVAL, PIXEL = 6.8, 0.2


def saturated(movie, random):
    """A gain that is too high: the brightest voxels are at full scale."""
    dark = movie.min()
    factor = (65535 - dark) / np.quantile(movie - dark, 1 - random.uniform(2e-4, 5e-3))
    return np.minimum((movie - dark) * factor + dark, 65535)


def twelve_bits(movie, random):
    return np.minimum(movie / 16, 4095)


def dark_frames(movie, random):
    start = random.integers(40, len(movie) - 60)
    movie[start:start + random.integers(3, 20)] = np.quantile(movie, 0.002) + 30 * random.standard_normal(movie.shape[1:])
    return movie


def zero_frames(movie, random):
    movie[random.integers(30, len(movie) - 1, 6)] = 0
    return movie


def repeated_frames(movie, random):
    movie[1::2] = movie[0:2 * (len(movie) // 2):2]
    return movie


def some_repeated(movie, random):
    for frame in random.integers(1, len(movie), len(movie) // 30):
        movie[frame] = movie[frame - 1]
    return movie


def two_channels(movie, random, other):
    count = len(movie) // 2
    both = np.empty_like(movie[:2 * count])
    both[0::2], both[1::2] = movie[:count], other[:count]
    return both


def bleaching(movie, random):
    dark = np.quantile(movie, 0.001)
    fall = np.exp(-np.arange(len(movie)) / len(movie) * random.uniform(0.5, 1))
    return dark + (movie - dark) * fall[:, None, None]


def flicker(movie, random):
    dark = np.quantile(movie, 0.001)
    gain = 1 + random.uniform(0.3, 0.6) * (np.arange(len(movie)) % int(random.integers(3, 6)) == 0)
    return dark + (movie - dark) * gain[:, None, None]


def dim(movie, random):
    """Hardly any photon: what is there is drawn anew."""
    dark = np.quantile(movie, 0.001)
    mean = np.clip(movie.mean(axis=0) - dark, 0, None)
    photons = random.poisson(0.6 * mean / np.quantile(mean, 0.9), movie.shape)
    return dark + 300 * photons + 30 * random.standard_normal(movie.shape)


def cut_below(movie, random):
    return np.maximum(movie - np.quantile(movie, 0.65), 0)


def smoothed(movie, random):
    """Filtered by another program: noise of neighbours is the same."""
    for axis in (1, 2):
        movie = (np.roll(movie, 1, axis) + 2 * movie + np.roll(movie, -1, axis)) / 4
    return (movie + np.roll(movie, 1, 0) + np.roll(movie, -1, 0)) / 3


def grid(movie, random):
    """Something else altogether: a grid of small round cells that flash, as of another preparation."""
    count, height, width = movie.shape
    y, x = np.mgrid[:height, :width]
    light = np.full(movie.shape, 800.0)
    for row in range(6, height, 12):
        for column in range(6, width, 12):
            course = 1 + 2 * (np.convolve(random.random(count) < 0.01, np.exp(-np.arange(60) / 20))[:count])
            disc = np.hypot(y - row, x - column) < 4
            light[:, disc] += 20000 * course[:, None]
    return random.poisson(light / 20) * 20.0


SAME = lambda movie, random: movie
# Fault: number, what is done to the counts, options of sparksim, what the file states, the check that is to find it, checks
# that may follow from it.
FAULTS = {
    "none": (8, SAME, [], {}, None, ()),
    "saturated": (3, saturated, [], {}, "saturation", ("style", "light")),
    "12 bits in 16, not stated": (3, twelve_bits, [], {}, "bit_depth", ("style",)),
    "a shutter closed": (2, dark_frames, [], {}, "dark_frames", ()),
    "frames of zeros": (1, zero_frames, [], {}, "dark_frames", ("dark_level", "light", "style", "snr")),
    "every frame twice": (1, repeated_frames, [], {}, "repeated_frames", ()),
    "some frames repeated": (1, some_repeated, [], {}, "repeated_frames", ()),
    "drift": (3, SAME, ["--shake", "drift-x=5,drift-y=1"], {}, "motion", ("bleaching", "style")),
    "contraction": (1, SAME, ["--shake", "contraction=5@0.6", "--snr", "4"], {}, "motion", ("style",)),
    "68 ms stated": (2, SAME, [], {"interval": 68.0}, "frame_interval", ()),
    "no interval stated": (1, SAME, [], {"interval": None}, "frame_interval", ()),
    "pixels of 1.5 µm stated": (1, SAME, [], {"pixel": 1.5}, "pixel_size", ()),
    "two channels": (3, two_channels, [], {}, "channels", ("style", "flicker", "motion", "light", "snr", "bleaching")),
    "bleaching": (2, bleaching, [], {}, "bleaching", ("style",)),
    "flicker": (2, flicker, [], {}, "flicker", ("style",)),
    "hardly any light": (2, dim, ["--events", "none"], {}, "light", ("style", "snr", "dark_level", "bit_depth")),
    "dim light cut off": (1, cut_below, [], {}, "dark_level", ("style", "light", "snr")),
    "filtered by a program": (2, smoothed, [], {}, "style", ("light",)),
    "another preparation": (1, grid, [], {}, "style", ("light",)),
}


def main():
    options = parse_options()
    output = Path(options.output)
    movies = output / "recordings"
    movies.mkdir(parents=True, exist_ok=True)
    named = plant(movies, output / "clean", options)
    command = [options.binaries / "sparkwatch", "doctor", *[path for path, _ in named], "--json", "--no-speed"]
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert result.returncode in (0, 2), result.stderr
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    (output / "reports.jsonl").write_text(result.stdout)
    rows = [(fault, report["examination"], drawn(path, output / "clean")) for (path, fault), report in zip(named, reports)]
    text = markdown(rows)
    (output / "faults.md").write_text(text)
    print(text)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="faults")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--frames", type=int, default=512)
    return parser.parse_args()


def plant(folder, clean, options):
    """Writes every recording with its fault; returns paths and faults."""
    named, number = [], 0
    for fault, (count, change, extra, stated, _, _) in FAULTS.items():
        for _ in range(count):
            number += 1
            path = folder / f"{number:02}_video.tif"
            named.append((path, fault))
            if path.exists():
                continue
            random = np.random.default_rng(SEED + number)
            movie = synthesise(clean, number, extra, options)
            others = [synthesise(clean, 500 + number, extra, options)] if change is two_channels else []
            changed = np.clip(np.rint(change(movie, random, *others)), 0, 65535).astype(np.uint16)
            write(path, changed, stated.get("interval", INTERVAL), stated.get("pixel", PIXEL))
    return named


def synthesise(folder, number, extra, options):
    command = [options.binaries / "sparksim", "synth", "--output", folder, "--seed", SEED, "--first-number", number]
    command += ["--frames", options.frames, "--frame-interval", INTERVAL, *extra]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return tifffile.imread(folder / f"{number:02}_video.tif").astype(float)


def drawn(path, clean):
    """Checks that the simulator itself gave a reason for, by its own files and the counts of the recording."""
    style = json.loads((clean / path.name.replace("_video.tif", "_events.json")).read_text())["style"]
    movie = tifffile.imread(path)
    reasons = {
        "motion": style["baseline"]["motion_pixels"] > 1 or style["baseline"]["vibration_pixels"] > 0.5,
        "repeated_frames": style["camera"]["duplicate_frame_probability"] > 0,
        "light": style["camera"]["photons"] < 3,
        "saturation": (movie == 65535).mean() > 1e-5,
    }
    return {name for name, is_there in reasons.items() if is_there}


def write(path, movie, interval, pixel):
    metadata = {"axes": "TYX", "unit": "um"}
    if interval:
        metadata |= {"finterval": interval / 1000, "tunit": "sec"}
    tifffile.imwrite(path, movie, imagej=True, resolution=(1 / pixel, 1 / pixel), metadata=metadata)


def markdown(rows):
    lines = ["| fault | recordings | found | what the check says | other checks that speak up |", "|---|---|---|---|---|"]
    by_fault = defaultdict(list)
    for fault, examination, reasons in rows:
        by_fault[fault].append(({item["name"]: item for item in examination["checks"]}, reasons))
    found, planted, alarms, followed, true = 0, 0, 0, 0, 0
    for fault, examinations in by_fault.items():
        _, _, _, _, wanted, allowed = FAULTS[fault]
        loud = [({name for name, item in checks.items() if item["grade"] in ("notice", "bad")}, reasons)
                for checks, reasons in examinations]
        hits = sum(wanted in names for names, _ in loud)
        others = defaultdict(int)
        for names, reasons in loud:
            for name in names - {wanted}:
                kind = "" if name in allowed else " (drawn)" if name in reasons else " (false)"
                others[name + kind] += 1
                followed += kind == ""
                true += kind == " (drawn)"
                alarms += kind == " (false)"
        words = "; ".join(dict.fromkeys(checks[wanted]["text"] for checks, _ in examinations)) if wanted else ""
        said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(others.items()))
        lines.append(f"| {fault} | {len(examinations)} | {hits if wanted else ''} | {words} | {said} |")
        if wanted:
            found += hits
            planted += len(examinations)
    checks = sum(len(examination["checks"]) for _, examination, _ in rows)
    lines += ["", f"{planted} faults: {found} found, {planted - found} missed. {checks} checks: {alarms} false alarms, "
                  f"{followed} that follow from the fault, {true} that the simulator drew."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
