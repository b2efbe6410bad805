"""Counts what is found, and what fires, in cells without any event that move.

    python Benchmarks/motion/quiet.py --output quiet [--minutes 30]

Recordings without events are made for one movement after the other until there are so many minutes, analysed with
`sparkwatch analyze --streaming --stabilize auto`, and the rules of Config/triggers.json5 are applied with `sparkwatch
triggers test`. Every movie is deleted when it is done; rows that the folder holds already are not made again.
"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTERVAL_MS = 6.8
SHAKES = (
    "sway-y=1@7.7", "sway-y=0.5@25", "sway-y=2@2", "vibration-y=1@50,vibration-x=0.5@37", "sway-x=3@1.2", "drift-x=3,drift-y=0.5",
    "jitter-y=0.5,jitter-x=0.5", "sway-y=4@7.7", "sway-y=4@25", "contraction=2@1", "contraction=4@0.5", "sway-y=2@25,lines",
)
STABILIZE = ("auto", "off")


def main():
    options = parse_options()
    options.output.mkdir(parents=True, exist_ok=True)
    rows = []
    frames = round(60_000 / INTERVAL_MS * options.minutes / options.parts)
    for part in range(options.parts):
        shake = SHAKES[part % len(SHAKES)]
        path = options.output / f"{part:02}.json"
        if not path.exists():
            started = time.monotonic()
            path.write_text(json.dumps(examine(options, part, shake, frames)))
            print(f"{part + 1} of {options.parts}, {shake}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        rows.append(json.loads(path.read_text()))
        (options.output / "quiet.md").write_text(markdown(rows, options))
    print((options.output / "quiet.md").read_text())


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("quiet"), help="folder for the results")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    parser.add_argument("--model", type=Path, default=ROOT / "Config/default-model.safetensors")
    parser.add_argument("--minutes", type=float, default=30, help="recording time in all")
    parser.add_argument("--parts", type=int, default=24, help="recordings that this time is divided into")
    parser.add_argument("--width", type=int, default=512, help="width of the frames, in pixels")
    parser.add_argument("--off", action="store_true", help="the same without stabilisation, too")
    return parser.parse_args()


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def examine(options, part, shake, frames):
    folder = options.output / f"{part:02}"
    run(options.binaries / "sparksim", "synth", "--output", folder, "--first-number", part + 1, "--seed", 11, "--frames", frames,
        "--width", options.width, "--frame-interval", INTERVAL_MS, "--events", "none", "--shake", shake)
    movie = folder / f"{part + 1:02}_video.tif"
    row = {"shake": shake, "frames": frames}
    for policy in STABILIZE[:2 if options.off else 1]:
        run(options.binaries / "sparkwatch", "analyze", "--model", options.model, "--streaming", "--stabilize", policy, "--provisional", "waves",
            "--no-masks", "--output", folder / policy, movie)
        events = json.loads((folder / policy / f"{movie.stem.removesuffix('_video')}_events.json").read_text())["events"]
        row[policy] = {"flagged": kinds(events, True), "unflagged": kinds(events, False)}
        journal = folder / policy / f"{movie.stem.removesuffix('_video')}_events.jsonl"
        row[policy]["fired"] = fired(options, journal)
    for path in folder.glob("*.tif"):
        path.unlink()
    return row


def kinds(events, has_flag):
    found = {}
    for event in events:
        if ("motion" in event["flags"]) == has_flag:
            found[event["event_type"]] = found.get(event["event_type"], 0) + 1
    return found


def fired(options, journal):
    decisions = journal.with_name("decisions.jsonl")
    run(options.binaries / "sparkwatch", "triggers", "test", ROOT / "Config/triggers.json5", journal, "--json", decisions)
    return sum(json.loads(line)["topic"] == "trigger.fired" for line in decisions.read_text().splitlines())


def markdown(rows, options):
    policies = [policy for policy in STABILIZE if policy in rows[0]]
    lines = [
        f"Cells without events, {sum(row['frames'] for row in rows) * INTERVAL_MS / 60_000:.1f} minutes of 64 x {options.width} pixels, "
        "light by chance: what was found, in brackets with the flag `motion`, and triggers.",
        "",
        "| movement | minutes | " + " | ".join(f"{policy}: events | fired" for policy in policies) + " |",
        "|" + "---|" * (2 + 2 * len(policies)),
    ]
    for shake in dict.fromkeys(row["shake"] for row in rows):
        own = [row for row in rows if row["shake"] == shake]
        cells = [shake, f"{sum(row['frames'] for row in own) * INTERVAL_MS / 60_000:.1f}"]
        for policy in policies:
            texts = [text(add(row[policy][kind] for row in own)) for kind in ("unflagged", "flagged")]
            cells += [texts[0] + (f" ({texts[1]})" if texts[1] != "0" else ""), str(sum(row[policy]["fired"] for row in own))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def add(counts):
    total = {}
    for count in counts:
        for kind, number in count.items():
            total[kind] = total.get(kind, 0) + number
    return total


def text(counts):
    return ", ".join(f"{number} {kind}s" for kind, number in sorted(counts.items())) or "0"


if __name__ == "__main__":
    main()
