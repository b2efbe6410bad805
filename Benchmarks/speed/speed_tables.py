#!/usr/bin/env python3
"""Makes the page with the tables of speed, Documentation/measurements/README.md, from the measured files beside it.

Nobody else writes that page. `--check` only tells whether it is up to date.
"""
import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))
import report as peers_report  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
MEASUREMENTS = ROOT / "Documentation/measurements"
PAGE = MEASUREMENTS / "README.md"

INTRODUCTION = """# Speed on the computers that were measured

The newest first. `Benchmarks/speed/speed_tables.py` makes this page from the files beside it, which hold all that
`sparkwatch bench --json` told; [Benchmarks/speed](../../Benchmarks/speed/README.md) says how to measure another computer.
A stride is all computing for 32 new frames, 217.6 ms of recording at 147 frame/s."""

NAMES = {
    "default": "{isa}",
    "provisional": "{isa}, `--provisional waves` (the default of `live`)",
    "network": "{isa}, `--network-only`",
    "direct": "{isa}, `--algorithm direct`",
    "avx2": "`--isa avx2`",
    "portable": "`--isa portable`",
}
ISAS = {"avx512": "AVX-512", "avx2": "AVX2", "portable": "portable"}


def number(value, digits=0, unit=""):
    return "-" if value is None else f"{value:.{digits}f}{unit}"


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figures(report):
    return [
        number(report.get("stride_ms"), 0, " ms"),
        number(report.get("stride_p95_ms"), 0, " ms"),
        number(report.get("percent_of_fma_peak")),
        number(report.get("real_time_factor"), 2),
        number(report.get("last_frame_to_result_ms"), 0, " ms"),
        number(report.get("peak_memory_mb"), 0, " MB"),
    ]


def heading(result):
    machine = result["machine"]
    facts = [f"{machine['cores']} cores"]
    if machine.get("family"):
        facts.append(f"family {machine['family']}" + (f", model {machine['model']}" if machine.get("model") else ""))
    facts += [f"{level} {size}" for level, size in machine.get("caches", {}).items()]
    facts += ["virtual machine"] if machine.get("is_virtual") else []
    return f"## {machine['processor']}, {result['date']}\n\n{'; '.join(facts)}."


def section(result):
    """All tables of one machine."""
    runs = result["runs"]
    default = runs["default"]
    peak = number(default.get("fma_peak_gflops"))
    about = heading(result) + f" {default['frame_height']} x {default['frame_width']} pixels, {default['threads']} threads"
    about += f", medians of {default['strides']} strides, FMA peak {peak} GFLOP/s."
    if (result.get("load_before") or 0) > 0.5:
        about += f" **Other programs ran on the machine (load {result['load_before']} before).**"
    parts = [about + (f" {result['note']}" if result.get("note") else "")]
    header = ["`sparkwatch bench`", "whole stride", "p95", "% of FMA peak", "real-time factor"]
    header += ["from its last frame to the result", "peak memory"]
    rows = [[NAMES[name].format(isa=ISAS[run["isa"]]), *figures(run)] for name, run in runs.items()]
    parts.append(table(header, rows))
    if result.get("sizes"):
        rows = [[f"{run['frame_height']} x {run['frame_width']}", *figures(run)] for run in result["sizes"]]
        parts.append(table(["frame (`--sizes`)", *header[1:]], rows))
    if result.get("threads"):
        rows = [
            [str(run["threads"]), number(run["stride_ms"], 1, " ms"), number(run["parallel_efficiency_percent"], 0, " %")]
            for run in result["threads"]
        ]
        parts.append(table(["threads (`--thread-sweep`)", "whole stride", "efficiency"], rows))
    if result.get("peers"):
        parts.append("Beside other engines ([how](../../Benchmarks/peers/README.md)): " + peers_report.markdown(result["peers"]).rstrip())
    return "\n\n".join(parts)


def results(folder=MEASUREMENTS):
    """All measurements, the newest first."""
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda result: result["date"], reverse=True)


def page(found):
    return "\n\n".join([INTRODUCTION, *(section(result) for result in found)]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if the page is not up to date")
    options = parser.parse_args()
    text = page(results())
    if not options.check:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        raise SystemExit(f"{PAGE} is not up to date: run {Path(__file__).resolve().relative_to(ROOT)}")


if __name__ == "__main__":
    main()
