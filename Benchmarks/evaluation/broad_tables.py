"""The tables of the broad evaluation, made from its JSON alone.

    python Benchmarks/evaluation/broad_tables.py broad/broad.json
"""
import json
import sys
from pathlib import Path

from intervals import CLASSES


def markdown(report):
    """All tables of a report."""
    lines = [f"Recordings of {report['frames']} frames, seed {report['seed']}"
             + (f", every {report['every']}th only" if report["every"] > 1 else "")
             + ". F1 with its 95 % interval (bootstrap over recordings), and in brackets the number of annotated events."]
    for role, model in report["models"].items():
        lines += ["", f"## {'Model' if role == 'model' else 'Compared with'} `{model['sha256'][:12]}`"]
        lines += ["", *scores(model), *streaming_beside_whole(model), *laboratories(model), *odd(model), *confidence(model)]
    if "differences" in report:
        lines += ["", "## Difference of the two models", "", *differences(report["differences"])]
    return "\n".join(lines) + "\n"


def scores(model):
    lines = header("recordings", *CLASSES)
    for name, modes in model["sets"].items():
        lines.append(row(name, *(cell(modes["streaming"][label]) for label in CLASSES)))
    return lines


def streaming_beside_whole(model):
    both = {name: modes for name, modes in model["sets"].items() if "whole" in modes}
    if not both:
        return []
    lines = ["", "Whole movie, as published; the difference of streaming follows.", "", *header("recordings", *CLASSES)]
    for name, modes in both.items():
        cells = []
        for label in CLASSES:
            streaming, whole = modes["streaming"][label], modes["whole"][label]
            cells.append("-" if whole is None else f"{cell(whole)}, {streaming['f1'] - whole['f1']:+.3f}")
        lines.append(row(name, *cells))
    return lines


def laboratories(model):
    if "laboratories" not in model:
        return []
    lines = ["", "Laboratories:", "", *header("", *model["laboratories"])]
    values = model["laboratories"].values()
    lines.append(row("median", *(f"{value['median']:.2f} ({value['low']:.2f} to {value['high']:.2f})" for value in values)))
    lines.append(row("least", *(f"{value['least']:.2f}" for value in values)))
    return lines


def odd(model):
    if "odd" not in model:
        return []
    lines = ["", "False events in input without any; their number, and per minute with the 95 % Poisson interval of all together.",
             "", *header("input", "minutes", *CLASSES, "per minute")]
    for name, rates in (*model["odd"]["kinds"].items(), ("all", model["odd"]["together"])):
        every = rates["any"]
        counts = (rates[label]["events"] for label in CLASSES)
        lines.append(row(name, every["minutes"], *counts, f"{every['per_minute']:.2f} ({every['low']:.2f} to {every['high']:.2f})"))
    return lines


def confidence(model):
    lines = ["", "Confidence of found events, and the share of them that is right (number of events).", ""]
    bins = sorted({(bin["from"], bin["to"]) for table in model["reliability"].values() for bin in table["bins"]})
    lines += header("confidence", *CLASSES)
    for low, high in bins:
        cells = []
        for label in CLASSES:
            found = [bin for bin in model["reliability"][label]["bins"] if bin["from"] == low]
            cells.append(f"{found[0]['right']:.2f} ({found[0]['events']})" if found else "-")
        lines.append(row(f"{low:g} to {high:g}", *cells))
    errors = (model["reliability"][label]["expected_error"] for label in CLASSES)
    return lines + [row("mean distance from it", *("-" if error is None else f"{error:.2f}" for error in errors))]


def differences(table):
    lines = header("recordings", *CLASSES)
    for name, classes in table.items():
        cells = ["-" if value is None else f"{value['difference']:+.2f} ({value['low']:+.2f} to {value['high']:+.2f})"
                 for value in (classes[label] for label in CLASSES)]
        lines.append(row(name, *cells))
    worse = [f"{label} of {name}" for name, classes in table.items() for label in CLASSES
             if classes[label] and classes[label]["high"] < 0]
    return [*lines, "", "Worse beyond the interval: " + (", ".join(worse) if worse else "nowhere") + "."]


def cell(score):
    return "-" if score is None else f"{score['f1']:.2f} ({score['low']:.2f} to {score['high']:.2f}) [{score['events']}]"


def header(*cells):
    return [row(*cells), row(*["---"] * len(cells))]


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text())), end="")
