"""How well events are measured: bias and spread of every parameter over SNR, against simulated truth.

    python Benchmarks/parameters/parameters.py --output parameters

Makes simulated recordings (once per folder), has `sparkwatch measure` measure the true instances, so that nothing
of the detector enters, compares every complete event with its ground truth, and writes a table as Markdown and all
comparisons as CSV.
"""
import argparse
import csv
import subprocess
from pathlib import Path

import numpy as np
from measured_events import complete_events, measure, truth

ROOT = Path(__file__).resolve().parents[2]
SEED = 60601
BANDS = (("below 2", 0.0, 2.0), ("2 to 3", 2.0, 3.0), ("3 to 4.5", 3.0, 4.5), ("above 4.5", 4.5, float("inf")))
WANTED = (1.5, 2.0, 2.5, 3.2, 3.5, 4.0, 4.5, 5.5, 7.0)
# Name of the measured value, of the truth, kind of comparison.
PARAMETERS = {
    "amplitude": ("amplitude_dff0", "measurable_amplitude_dff0", "ratio"),
    "FDHM": ("fdhm_ms", "fdhm_milliseconds", "ratio"),
    "full duration at 5 %": ("fd05_ms", "fd05_milliseconds", "ratio"),
    "time to peak": ("ttp_ms", "time_to_peak_milliseconds", "difference"),
    "onset": ("t0_ms", "onset_milliseconds", "difference"),
    "tau rise": ("tau_rise_ms", "tau_rise_milliseconds", "ratio"),
    "tau decay": ("tau_decay_ms", "decay_milliseconds", "ratio"),
    "FWHM x": ("fwhm_x_um", "fwhm_x_micrometres", "ratio"),
    "FWHM y": ("fwhm_y_um", "fwhm_y_micrometres", "ratio"),
    "wave speed, line scan": ("wave_speed_line_scan_um_per_s", "front_speed_micrometres_per_second", "ratio"),
    "wave speed, centroid": ("wave_speed_centroid_um_per_s", "front_speed_micrometres_per_second", "ratio"),
}
# What the simulator draws and what is measured are the same quantity only for these.
MEANINGFUL = {
    "spark": [name for name in PARAMETERS if "wave" not in name],
    "puff": ["amplitude", "FDHM", "full duration at 5 %", "tau decay", "FWHM x", "FWHM y"],
    "wave": ["amplitude", "FDHM", "tau decay", "wave speed, line scan", "wave speed, centroid"],
}


def main():
    options = parse_options()
    output = Path(options.output)
    movies = output / "recordings"
    names = synthesise(movies, options)
    measure(movies, names, output / "measured", options.binaries)
    rows = [row for name in names for row in compare(movies, output / "measured", name)]
    with open(output / "comparisons.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    table = markdown(rows)
    (output / "parameters.md").write_text(table)
    print(table)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="parameters")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--per-snr", type=int, default=2, help="recordings with chance events and with waves, each")
    parser.add_argument("--frames", type=int, default=600)
    return parser.parse_args()


def synthesise(folder, options):
    """Makes the recordings that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    number = 0
    for snr in WANTED:
        for events in ("any", "waves"):
            for _ in range(options.per_snr):
                number += 1
                name = f"{number:02}"
                names.append(name)
                if (folder / f"{name}_events.json").exists():
                    continue
                command = [options.binaries / "sparksim", "synth", "--output", folder, "--first-number", number]
                command += ["--seed", SEED, "--frames", options.frames, "--events", events, "--snr", snr]
                subprocess.run([str(word) for word in command], check=True)
    return names


def truth_values(truth, interval, kinetics):
    """Truth of one event with what follows from it."""
    values = dict(truth)
    values["time_to_peak_milliseconds"] = (truth["peak_frame"] - truth["onset_frame"]) * interval
    values["onset_milliseconds"] = truth["onset_frame"] * interval
    # From 10 to 90 % an exponential takes 2.2 time constants.
    values["tau_rise_milliseconds"] = truth["rise_milliseconds"] / 2.2 if kinetics == "doubleExponential" else None
    return values


def compare(movies, measured, name):
    """One row per parameter of every complete, annotated event that stands alone."""
    recording = truth(movies, name)
    style = recording["style"]
    interval = style["calibration"]["frame_interval_milliseconds"]
    for event, row in complete_events(movies, measured, name):
        values = truth_values(event["truth"], interval, style["spark"]["kinetics"])
        for parameter in MEANINGFUL[event["class"]]:
            column, key, kind = PARAMETERS[parameter]
            value, expected = row[column], values.get(key)
            if expected is None or (kind == "ratio" and expected == 0):
                continue
            error = None
            if value != "":
                error = float(value) / expected - 1 if kind == "ratio" else float(value) - expected
            yield {
                "recording": name,
                "snr90": recording["signal_to_noise90"],
                "event": event["id"],
                "class": event["class"],
                "detectability": event["detectability"],
                "parameter": parameter,
                "truth": expected,
                "measured": value,
                "error": error,
                "kind": kind,
            }


def band(snr):
    return next(name for name, low, high in BANDS if low <= snr < high)


def summary(rows):
    """Bias (median error), spread (half of the middle 68 %), median absolute error and the share without a value."""
    errors = np.array([row["error"] for row in rows if row["error"] is not None])
    if len(errors) == 0:
        return None
    low, high = np.quantile(errors, [0.16, 0.84])
    return {
        "count": len(rows),
        "bias": float(np.median(errors)),
        "spread": float(high - low) / 2,
        "median": float(np.median(np.abs(errors))),
        "missing": 1 - len(errors) / len(rows),
    }


def markdown(rows):
    lines = []
    for event_class in MEANINGFUL:
        lines += [f"### {event_class.capitalize()}s", ""]
        lines += ["| parameter | SNR90 | events | bias | spread | median error | no value |", "|---|---|---|---|---|---|---|"]
        for parameter in MEANINGFUL[event_class]:
            for name, _, _ in (*BANDS, ("3 and more", 3, None)):
                chosen = [
                    row for row in rows
                    if row["class"] == event_class and row["parameter"] == parameter
                    and (row["snr90"] >= 3 if name == "3 and more" else band(row["snr90"]) == name)
                ]
                result = summary(chosen)
                if result is None:
                    continue
                text = percent if PARAMETERS[parameter][2] == "ratio" else milliseconds
                lines.append(
                    f"| {parameter} | {name} | {result['count']} | {text(result['bias'], sign=True)} | "
                    f"{text(result['spread'])} | {text(result['median'])} | {percent(result['missing'])} |"
                )
        lines.append("")
    return "\n".join(lines)


def percent(value, sign=False):
    return f"{100 * value:{'+' if sign else ''}.0f} %"


def milliseconds(value, sign=False):
    return f"{value:{'+' if sign else ''}.1f} ms"


if __name__ == "__main__":
    main()
