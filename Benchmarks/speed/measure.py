#!/usr/bin/env python3
"""Measures the speed of Sparkwatch on this computer and keeps it with machine and date.

Runs `sparkwatch bench --json` in all ways that the documentation tells of and writes one JSON file, from which
`speed_tables.py` makes the tables. Use a quiet machine.
"""
import argparse
import datetime
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What is measured: name in the file, options of `sparkwatch bench`.
STRIDES = {
    "default": [],
    "provisional": ["--provisional", "waves"],
    "network": ["--network-only"],
    "direct": ["--algorithm", "direct"],
}
ISAS = ("avx2", "portable")
SWEEPS = {
    "sizes": ["--sizes", "64x512", "128x512", "256x512", "512x512"],
    "threads": ["--thread-sweep"],
}


def machine():
    """What the figures depend on, as the system tells it."""
    facts = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    return {
        "processor": facts.get("model name", "unknown processor"),
        "family": facts.get("cpu family"),
        "model": facts.get("model"),
        "cores": len(os.sched_getaffinity(0)),
        "caches": caches(),
        "is_virtual": "hypervisor" in facts.get("flags", "").split(),
    }


def caches(folder=Path("/sys/devices/system/cpu/cpu0/cache")):
    """Sizes of the data caches that the first core uses, such as {"L2": "512K"}."""
    found = {}
    for cache in sorted(folder.glob("index*")):
        level, kind, size = ((cache / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found[f"L{level}"] = size
    return found


def bench(binary, options):
    """The JSON of one run; None if this processor lacks what the options ask for."""
    command = [str(binary), "bench", "--json", *options]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if "this processor has" in result.stderr:
        return None
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{result.stderr}")
    return json.loads(result.stdout)


def measure(binary, strides):
    runs, sweeps = {}, {}
    count = ["--strides", str(strides)]
    for name, options in STRIDES.items():
        runs[name] = bench(binary, options + count)
        print(f"{name}: {runs[name]['stride_ms']} ms a stride", flush=True)
    for isa in ISAS:
        report = bench(binary, ["--isa", isa, *count])
        if report is not None and report["isa"] != runs["default"]["isa"]:
            runs[isa] = report
            print(f"{isa}: {report['stride_ms']} ms a stride", flush=True)
    for name, options in SWEEPS.items():
        sweeps[name] = bench(binary, options + count)
        print(f"{name}: {', '.join(str(report['stride_ms']) for report in sweeps[name])} ms a stride", flush=True)
    return {"runs": runs, **sweeps}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="JSON file, such as Documentation/measurements/epyc-zen4.json")
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/sparkwatch")
    parser.add_argument("--strides", type=int, default=30, help="strides of every run")
    parser.add_argument("--peers", type=Path, help="peers.json of Benchmarks/peers/run on the same machine")
    parser.add_argument("--note", help="what else is to be known of the machine, such as what ran beside")
    options = parser.parse_args()

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"Other programs are running (load {load:.1f}): these figures will say so.", flush=True)
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "load_before": round(load, 2),
        "note": options.note,
        "version": subprocess.run([str(options.binary), "--version"], check=True, stdout=subprocess.PIPE, text=True)
        .stdout.strip(),
        **measure(options.binary, options.strides),
    }
    if options.peers:
        result["peers"] = json.loads(options.peers.read_text())
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
