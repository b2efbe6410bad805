"""Measures how late wave triggers are, and how many are missed or false, on simulated recordings.

    python Benchmarks/triggers/latency.py --output trigger-latency [--live 5]

See README.md beside this file.
"""
import argparse
import json
import statistics
import subprocess
from pathlib import Path

import live

ROOT = Path(__file__).resolve().parents[2]
FIRST_WINDOW = 256
SMALLEST_WAVE_PIXELS = 75
FRAMES_BEFORE_END = 30
# The detector may place the first frame of a wave a little before the simulated onset, by noise or by a spark there.
EARLIER_FRAMES = 10


def main():
    options = parse_options()
    output = Path(options.output)
    report = {"rules": str(options.rules)}
    waves = recordings(options, output / "waves", options.count, options.frames, "waves")
    report["waves"] = with_waves(decisions(options, waves, output / "waves.jsonl"), waves)
    if options.no_wave_minutes > 0:
        count = number_of_recordings(options)
        quiet = recordings(options, output / "no-waves", count, options.no_wave_frames, "no-waves")
        report["no_waves"] = without_waves(decisions(options, quiet, output / "no-waves.jsonl"), quiet)
    if options.live:
        movies = [path for path in waves if counted_waves(truth(path))][:options.live]
        report["live"] = [live.measure(options, path, output / "live", counted_waves(truth(path)), triggers_of) for path in movies]
    (output / "latency.json").write_text(json.dumps(report, indent=2) + "\n")
    (output / "latency.md").write_text(markdown(report))
    print(markdown(report))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="trigger-latency", help="folder for recordings and results")
    parser.add_argument("--rules", type=Path, default=ROOT / "Config/triggers.json5")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    parser.add_argument("--count", type=int, default=20, help="recordings with waves")
    parser.add_argument("--frames", type=int, default=1000, help="frames of a recording with waves")
    parser.add_argument("--seed", type=int, default=777)
    parser.add_argument("--no-wave-minutes", type=float, default=30, help="recordings without waves, in minutes")
    parser.add_argument("--no-wave-frames", type=int, default=5000, help="frames of a recording without waves")
    parser.add_argument("--width", type=int, default=512, help="width of the recordings without waves, in pixels")
    parser.add_argument("--live", type=int, default=0, help="recordings with waves to play in real time")
    parser.add_argument("--threads", type=int, help="threads of sparkwatch; default: one per core")
    return parser.parse_args()


def number_of_recordings(options):
    """As many as the wanted minutes take at 6.8 ms from frame to frame."""
    return max(1, round(options.no_wave_minutes * 60_000 / 6.8 / options.no_wave_frames))


def recordings(options, folder, count, frames, events):
    """Journals of recordings of one kind; what is there already is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(1, count + 1):
        name = f"{number:02}"
        journal = folder / f"{name}_events.jsonl"
        paths.append(journal)
        if journal.exists():
            continue
        synth = ["synth", "--output", folder, "--count", 1, "--first-number", number, "--frames", frames]
        synth += ["--events", events, "--seed", options.seed if events == "waves" else options.seed + 1]
        synth += [] if events == "waves" else ["--width", options.width]
        run(options, "sparksim", *synth)
        # Journals take up little; movies of half an hour do not.
        analyse(options, folder / f"{name}_video.tif", journal)
        kept = ("_events.json", "_events.jsonl") + (("_video.tif",) if events == "waves" else ())
        for path in folder.glob(f"{name}_*"):
            if not path.name.endswith(kept):
                path.unlink()
    return paths


def analyse(options, movie, journal):
    """Everything the detector says of a movie, in the order in which `live` would say it."""
    folder = journal.parent / "analysis"
    command = ["analyze", movie, "--streaming", "--no-masks", "--provisional", "waves", "--output", folder]
    run(options, "sparkwatch", *command, *(["--threads", options.threads] if options.threads else []))
    (folder / journal.name).rename(journal)


def decisions(options, journals, path):
    """What the rules would have done, as `sparkwatch triggers test` tells."""
    run(options, "sparkwatch", "triggers", "test", options.rules, *journals, "--json", path)
    found = {journal: [] for journal in journals}
    for line in path.read_text().splitlines():
        decision = json.loads(line)
        found[path_named(journals, decision["recording"])].append(decision)
    return found


def path_named(journals, name):
    return next(journal for journal in journals if journal.stem == name)


def run(options, program, *arguments):
    command = [str(options.binaries / program), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def truth(journal):
    return json.loads(journal.with_name(journal.name.replace("_events.jsonl", "_events.json")).read_text())


def interval_ms(recording):
    return recording["style"]["calibration"]["frame_interval_milliseconds"]


def all_waves(recording):
    return [event for event in recording["events"] if event["class"] == "wave"]


def counted_waves(recording):
    """Waves that the detector can be asked for."""
    last = recording["style"]["frame_count"] - FRAMES_BEFORE_END
    return [
        wave for wave in all_waves(recording)
        if FIRST_WINDOW <= wave["truth"]["onset_frame"] < last and wave["box"]
        and wave["box"][3] - wave["box"][1] + 1 >= SMALLEST_WAVE_PIXELS
    ]


def with_waves(decisions_by_journal, journals):
    """Detections, misses and false triggers in recordings with waves."""
    waits, missed, false, extra, waves = [], [], [], 0, 0
    for journal in journals:
        recording = truth(journal)
        fired = [decision for decision in decisions_by_journal[journal] if decision["topic"] == "trigger.fired"]
        counted = counted_waves(recording)
        waves += len(counted)
        for wave in counted:
            onset = wave["truth"]["onset_frame"]
            own = triggers_of(wave, fired)
            if own:
                frames = own[0]["frame_newest"] - onset
                waits.append(
                    {"recording": journal.stem, "onset_frame": round(onset, 1), "frames": round(frames, 1),
                     "wait_ms": round(frames * interval_ms(recording), 1)}
                )
                extra += len(own) - 1
            else:
                missed.append({"recording": journal.stem, "onset_frame": round(onset, 1)})
        for trigger in fired:
            if not any(belongs(trigger, wave) for wave in all_waves(recording)):
                false.append({"recording": journal.stem, "frame": trigger["frame_newest"]})
    outcomes = [
        decision["outcome"] for found in decisions_by_journal.values() for decision in found
        if decision["topic"] == "trigger.outcome"
    ]
    return {
        "recordings": len(journals), "waves": waves, "detected": len(waits), "missed": missed, "false": false,
        "further_triggers_of_detected_waves": extra, "wait_ms": quantiles([entry["wait_ms"] for entry in waits]),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
        "provisional": provisional(journals), "each": waits,
    }


def triggers_of(wave, fired):
    """The triggers whose event begins with the wave."""
    onset = wave["truth"]["onset_frame"]
    return [
        trigger for trigger in fired
        if onset <= trigger["frame_newest"] <= wave["end_frame"] and trigger["frame_start"] >= onset - EARLIER_FRAMES
    ]


def belongs(trigger, wave):
    """Whether a trigger can be due to a wave, counted or not."""
    return wave["truth"]["onset_frame"] <= trigger["frame_newest"] <= wave["end_frame"] + FRAMES_BEFORE_END


def without_waves(decisions_by_journal, journals):
    """False triggers in recordings without waves."""
    false, minutes, shape = [], 0, None
    for journal in journals:
        recording = truth(journal)
        minutes += recording["style"]["frame_count"] * interval_ms(recording) / 60_000
        shape = recording["style"]["size"]
        false += [
            {"recording": journal.stem, "frame": decision["frame_newest"]}
            for decision in decisions_by_journal[journal] if decision["topic"] == "trigger.fired"
        ]
    return {"recordings": len(journals), "minutes": round(minutes, 1), "size": shape, "false": false,
            "provisional": provisional(journals)}


def provisional(journals):
    """What became of provisional waves: counts and the median lead over the final event."""
    announced, ends, leads = 0, {"confirmed": 0, "reclassified": 0, "merged": 0, "not_confirmed": 0}, []
    for journal in journals:
        for line in journal.read_text().splitlines():
            event = json.loads(line)
            if event["state"] == "provisional":
                announced += event["rev"] == 1
            elif event["state"] == "retracted":
                ends[event["reason"]] += 1
            elif event["event_type"] == "wave" and event.get("lead_ms") is not None:
                ends["confirmed"] += 1
                leads.append(event["lead_ms"])
    # A wave that is final under another class is counted there, whatever class that is.
    return {"announced": announced, **ends, "lead_ms": quantiles(leads)}


def quantiles(values):
    if not values:
        return None
    return {"median": round(statistics.median(values), 1), "worst": round(max(values), 1), "count": len(values)}


def markdown(report):
    waves = report["waves"]
    lines = [
        f"{waves['recordings']} recordings with waves: {waves['detected']} of {waves['waves']} waves triggered, "
        f"{len(waves['missed'])} missed, {len(waves['false'])} false triggers.",
        "", "| | median | worst | n |", "|---|---|---|---|",
        row("onset to newest frame needed (acquisition wait), ms", waves["wait_ms"]),
    ]
    if report.get("live"):
        entries = [entry for measured in report["live"] for entry in measured["triggers"]]
        for key, name in (("wait_ms", "live: acquisition wait, ms"), ("compute_ms", "live: compute, ms"),
                          ("transport_ms", "live: transport, ms"), ("total_ms", "live: onset to acknowledgement, ms")):
            lines.append(row(name, quantiles([entry[key] for entry in entries])))
    lines.append(row("lead of provisional over final waves, ms", waves["provisional"]["lead_ms"]))
    counts = waves["provisional"]
    lines += ["", f"Provisional waves: {counts['announced']} announced, {counts['confirmed']} confirmed, "
              f"{counts['merged']} merged, {counts['reclassified']} reclassified, "
              f"{counts['not_confirmed']} not confirmed."]
    if quiet := report.get("no_waves"):
        lines += ["", f"{quiet['minutes']} minutes without waves ({quiet['recordings']} recordings of "
                  f"{quiet['size']['height']} x {quiet['size']['width']} pixels): {len(quiet['false'])} false triggers."]
    return "\n".join(lines) + "\n"


def row(name, values):
    return f"| {name} | " + (f"{values['median']} | {values['worst']} | {values['count']} |" if values else "- | - | 0 |")


if __name__ == "__main__":
    main()
