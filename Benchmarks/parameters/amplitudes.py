"""How far amplitudes can be trusted: measured over true amplitude, over cells of every shape and cells that fill the frame.

    python Benchmarks/parameters/amplitudes.py --output amplitudes

Makes 60 simulated recordings (once per folder): 36 of usual frames, at least four of every shape of cell, 12 of unusual
style, and 12 whose frames are so small that the cell fills them. `sparkwatch measure` measures the true instances. Writes
the distribution of measured/true as Markdown, split by what the flags and the error say, the worst ten rows, and all rows
as CSV.
"""
import argparse
import csv
import json
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
from measured_events import complete_events, measure, truth

ROOT = Path(__file__).resolve().parents[2]
SEED = 90210
SHAPES = ("rod", "broad", "tapered", "bent", "curved", "forked")
# Kind: how many, options, whether every shape is asked for.
KINDS = {
    "usual": (36, [], True),
    "unusual": (12, ["--style", "unusual"], False),
    "fills the frame": (12, ["--height", "24", "--width", "160"], False),
}
FEWEST_OF_A_SHAPE = 4


def main():
    options = parse_options()
    output = Path(options.output)
    movies = output / "recordings"
    names = synthesise(movies, options)
    if not options.keep_measured:
        measure(movies, [name for _, name in names], output / "measured", options.binaries)
    rows = [row for kind, name in names for row in compare(movies, output / "measured", kind, name)]
    with open(output / "amplitudes.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    text = markdown(rows, len(names))
    (output / "amplitudes.md").write_text(text)
    print(text)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="amplitudes")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--keep-measured", action="store_true", help="do not measure again")
    return parser.parse_args()


def synthesise(folder, options):
    """Makes the recordings that are not there yet; returns kind and name of each.

    Of usual ones every shape has to be there: numbers are tried until it is, and those too many are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for kind, (count, extra, wants_shapes) in KINDS.items():
        number, taken = 1000 * len(names) + 1, []
        shapes = Counter()
        while len(taken) < count:
            name = f"{number:02}"
            if not (folder / f"{name}_events.json").exists():
                command = [options.binaries / "sparksim", "synth", "--output", folder, "--first-number", number]
                command += ["--seed", SEED, "--frames", options.frames, *extra]
                subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
            shape = truth(folder, name)["style"]["cell"]["shape"]
            lacking = sum(max(0, FEWEST_OF_A_SHAPE - shapes[other]) for other in SHAPES if other != shape)
            if not wants_shapes or count - len(taken) > lacking:
                taken.append((kind, name))
                shapes[shape] += 1
            number += 1
        names += taken
    return names


def compare(movies, measured, kind, name):
    recording = truth(movies, name)
    origin = json.loads((measured / f"{name}_cell.json").read_text())["origin"]
    for event, row in complete_events(movies, measured, name):
        expected = event["truth"].get("measurable_amplitude_dff0")
        if not expected:
            continue
        value = row["amplitude_dff0"]
        yield {
            "kind": kind,
            "recording": name,
            "shape": recording["style"]["cell"]["shape"],
            "cell": origin,
            "event": event["id"],
            "class": event["class"],
            "detectability": event["detectability"],
            "truth": expected,
            "measured": value,
            "error": row.get("amplitude_error_dff0", ""),
            "raw_peak": row["raw_peak_dff0"],
            "ratio": float(value) / expected if value else "",
            "flags": row["flags"],
        }


def line(name, rows):
    ratios = np.array([row["ratio"] for row in rows if row["ratio"] != ""])
    if len(ratios) == 0:
        return f"| {name} | {len(rows)} | {len(rows)} | | | | | | |"
    low, middle, high = np.quantile(ratios, [0.16, 0.5, 0.84])
    off = np.mean((ratios > 1.5) | (ratios < 1 / 1.5))
    scores = [
        abs(float(row["measured"]) - row["truth"]) / float(row["error"])
        for row in rows if row["ratio"] != "" and row["error"] not in ("", "0")
    ]
    within = f"{100 * np.mean(np.array(scores) < 2):.0f} %" if scores else ""
    return (f"| {name} | {len(rows)} | {len(rows) - len(ratios)} | {low:.2f} | {middle:.2f} | {high:.2f} | "
            f"{ratios.max():.2f} | {100 * off:.0f} % | {within} |")


def markdown(rows, recordings):
    text = [f"{recordings} recordings, {len(rows)} events.", ""]
    head = "| events | all | null | 16 % | median | 84 % | largest | off by more than 1.5 times | within two errors |"
    flagged = [row for row in rows if row["flags"]]
    plain = [row for row in rows if not row["flags"]]
    text += [head, "|---|" + "---|" * 8, line("all", rows), line("without a flag", plain), line("with a flag", flagged)]
    for flag in ("blank_unknown", "amplitude_uncertain"):
        text.append(line(f"`{flag}`", [row for row in rows if flag in row["flags"].split()]))
    for key in ("class", "kind", "cell", "shape"):
        for value in sorted({row[key] for row in rows}):
            text.append(line(f"{key}: {value}, without a flag", [row for row in plain if row[key] == value]))
    text += ["", "The worst ten rows without a flag:", ""] + worst(plain)
    text += ["", "The worst ten of all rows:", ""] + worst(rows)
    return "\n".join(text) + "\n"


def worst(rows):
    chosen = sorted((row for row in rows if row["ratio"] != ""), key=lambda row: -abs(np.log(max(row["ratio"], 1e-3))))[:10]
    lines = ["| kind, recording, event | class | cell | true | measured | error | ratio | detectability | flags |", "|---|" + "---|" * 8]
    for row in chosen:
        error = f"{float(row['error']):.2f}" if row["error"] else ""
        lines.append(
            f"| {row['kind']} {row['recording']}/{row['event']} | {row['class']} | {row['shape']}, {row['cell']} | {row['truth']:.2f} | "
            f"{float(row['measured']):.2f} | {error} | {row['ratio']:.2f} | {row['detectability']:.0f} | {row['flags']} |"
        )
    return lines


if __name__ == "__main__":
    main()
