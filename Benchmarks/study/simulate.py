"""Writes the movies of a study with a known truth: two conditions, sparks of the second more often and longer.

    python Benchmarks/study/simulate.py FOLDER          # 200 movies in CONDITION/ANIMAL/CELL/, truth.csv beside them

Animals and cells differ by chance, as in life. Puffs and waves are left out.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
CONDITIONS = {"control": (1.0, 1.0), "iso": (1.5, 1.2)}
"""Ratio of spark rate and of FDHM to the first."""
RATE_SD, SIZE_SD = (0.15, 0.15), (0.05, 0.05)
"""Standard deviation of the logarithm between animals, and between cells of one animal."""


def base_style(program, folder, options):
    """The style of one laboratory: bright, without puffs, waves and flurries."""
    shape = [
        "--frames",
        options.frames,
        "--height",
        options.height,
        "--width",
        options.width,
        "--seed",
        7,
        "--events",
        "no-waves",
    ]
    subprocess.run([program, "synth", "--output", folder, "--count", "1", *map(str, shape)], check=True, capture_output=True)
    summary = json.loads((folder / "01_events.json").read_text())
    style = summary["style"]
    style["calibration"] = {"frame_interval_milliseconds": 6.8, "pixel_size_micrometres": 0.2}
    style["camera"]["photons"] = 40
    style["puff"]["mean_count_per_thousand_frames"] = 0
    style["spark"] |= {
        "rate_per_second": options.rate,
        "flurry_fraction": 0,
        "median_amplitude": 1.0,
        "maximum_defocus_micrometres": 0.4,
        "median_decay_milliseconds": 24.0,
        "median_rise_milliseconds": 9.0,
        "hard_negative_ratio": 0,
    }
    return summary


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--animals", type=int, default=4, help="of each condition")
    parser.add_argument("--cells", type=int, default=5, help="of each animal")
    parser.add_argument("--movies", type=int, default=5, help="of each cell")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--height", type=int, default=48)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--rate", type=float, default=10, help="sparks in a second of the first condition")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sparksim", type=Path, default=ROOT / ".build" / "release" / "sparksim")
    options = parser.parse_args()
    if options.folder.exists():
        sys.exit(f"{options.folder} is there already")
    random = np.random.default_rng(options.seed)
    truth = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        summary = base_style(options.sparksim, scratch / "base", options)
        usual = dict(summary["style"]["spark"])
        number = 0
        for condition, (rate_ratio, size_ratio) in CONDITIONS.items():
            for animal in range(options.animals):
                name = f"mouse {animal + 1 + options.animals * list(CONDITIONS).index(condition)}"
                animal_rate, animal_size = random.normal(0, RATE_SD[0]), random.normal(0, SIZE_SD[0])
                for cell in range(options.cells):
                    number += 1
                    rate = rate_ratio * np.exp(animal_rate + random.normal(0, RATE_SD[1]))
                    size = size_ratio * np.exp(animal_size + random.normal(0, SIZE_SD[1]))
                    spark = summary["style"]["spark"]
                    spark["rate_per_second"] = usual["rate_per_second"] * rate
                    for time in ("decay", "rise"):
                        spark[f"median_{time}_milliseconds"] = usual[f"median_{time}_milliseconds"] * size
                    like = scratch / "like.json"
                    like.write_text(json.dumps(summary))
                    made = scratch / f"cell{number}"
                    shape = ["--frames", options.frames, "--height", options.height, "--width", options.width]
                    command = [
                        options.sparksim,
                        "synth",
                        "--output",
                        made,
                        "--like",
                        like,
                        "--count",
                        options.movies,
                        "--seed",
                        options.seed * 1000 + number,
                        *shape,
                    ]
                    subprocess.run(list(map(str, command)), check=True, capture_output=True)
                    place = options.folder / condition / name / f"cell {cell + 1}"
                    place.mkdir(parents=True)
                    for movie in sorted(made.glob("*_video.tif")):
                        shutil.move(movie, place / movie.name)
                        events = json.loads(movie.with_name(movie.name.replace("_video.tif", "_events.json")).read_text())[
                            "events"
                        ]
                        truth += [
                            {"condition": condition, "animal": name, "cell": cell + 1, "movie": movie.name, **event["truth"]}
                            for event in events
                            if event["class"] == "spark"
                        ]
                    shutil.rmtree(made)
                    print(
                        f"\r{number} of {len(CONDITIONS) * options.animals * options.cells} cells",
                        end="",
                        file=sys.stderr,
                        flush=True,
                    )
    print(file=sys.stderr)
    table = pd.DataFrame(truth)
    table.to_csv(options.folder / "truth.csv", index=False)
    print(table.groupby("condition").agg(sparks=("fdhm_milliseconds", "size"), median_fdhm_ms=("fdhm_milliseconds", "median")))


if __name__ == "__main__":
    main()
