"""Times the network in Sparkwatch, OpenVINO, ONNX Runtime and PyTorch, in turns, and compares their results.

    swift build -c release
    Benchmarks/peers/run --output peers

Writes peers.json and peers.md to the folder; README.md beside this file says what is measured.
"""
import argparse
import datetime
import json
import os
import subprocess
import time
from pathlib import Path

import numpy
import tifffile
from safetensors import safe_open

import engines
import report

ROOT = Path(__file__).resolve().parents[2]
WINDOW, STRIDE = 256, 32
CENTRE = slice((WINDOW - STRIDE) // 2, (WINDOW + STRIDE) // 2)
WARM_UP_STRIDES = 2
"""Strides that `sparkwatch bench` does not count, behind the first window."""
PAUSE_SECONDS = 0.3
"""Long enough for an engine's idle threads to go to sleep before the next one works."""


def main():
    options = parse_options()
    output = Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    movie = recording(options, output)
    peers = make_peers(options, output)

    found = probabilities(options, movie, output)
    differences = {}
    for peer in peers:
        differences[peer.name] = difference(peer, movie, *found)
        print(f"{peer.name}: largest probability difference {differences[peer.name]:.1e}", flush=True)

    times = {name: [] for name in (report.OURS, report.OURS_WHOLE, *(peer.name for peer in peers))}
    for round_number in range(options.rounds):
        times[report.OURS].append(bench(options, movie, "--strides", options.strides))
        times[report.OURS_WHOLE].append(bench(options, movie, "--strides", 2, "--whole-window"))
        for peer in peers:
            times[peer.name].append(timed(peer, window(movie, WARM_UP_STRIDES + 1)))
        print(f"round {round_number + 1} of {options.rounds} done", flush=True)

    result = {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "threads": options.threads,
        "frame": f"{options.height} x {options.width}",
        "model": options.model.name,
        "rounds": options.rounds,
        "versions": {peer.name: peer.version for peer in peers},
        "milliseconds": {name: [round(value, 2) for value in values] for name, values in times.items()},
        "rows": report.rows(times, differences),
    }
    (output / "peers.json").write_text(json.dumps(result, indent=2) + "\n")
    (output / "peers.md").write_text(report.markdown(result))
    print(report.text(result))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="peers", help="folder for the movie, the ONNX file and the results")
    parser.add_argument("--model", type=Path, default=ROOT / "Config/default-model.safetensors")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="folder of sparkwatch, sparksim")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of every engine")
    parser.add_argument("--height", type=int, default=64)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=7, help="turns of all engines")
    parser.add_argument("--strides", type=int, default=16, help="strides of Sparkwatch per round")
    return parser.parse_args()


def recording(options, output):
    """Counts (t, y, x) of a simulated recording, as long as the strides of one round need."""
    folder = output / f"movie-{options.height}x{options.width}"
    path = folder / "01_video.tif"
    frames = WINDOW + STRIDE * (WARM_UP_STRIDES + options.strides)
    if not path.exists() or len(tifffile.TiffFile(path).pages) != frames:
        command = [options.binaries / "sparksim", "synth", "--output", folder, "--count", 1, "--seed", 21]
        command += ["--frames", frames, "--height", options.height, "--width", options.width]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return path


def make_peers(options, output):
    onnx_file = str(output / "network.onnx")
    engines.export(options.model, (WINDOW, options.height, options.width), onnx_file)
    return [
        engines.OpenVino(onnx_file, options.threads),
        engines.OnnxRuntime(onnx_file, options.threads),
        engines.PyTorch(options.model, options.threads),
    ]


def window(movie, number):
    """A window of the recording, normalised as Sparkwatch does: by the smallest count of the first window."""
    counts = tifffile.imread(movie).astype(numpy.float32)
    dark = counts[:WINDOW].min()
    return (counts[number * STRIDE : number * STRIDE + WINDOW] - dark) / (numpy.float32(65535) - dark)


def run_bench(options, movie, *arguments):
    command = [options.binaries / "sparkwatch", "bench", "--json", "--network-only", "--model", options.model]
    command += ["--movie", movie, "--threads", options.threads, *arguments]
    result = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE)
    return json.loads(result.stdout)


def bench(options, movie, *arguments):
    """Median time of a stride in Sparkwatch, in ms."""
    time.sleep(PAUSE_SECONDS)
    return run_bench(options, movie, *arguments)["stride_ms"]


def probabilities(options, movie, output):
    """Sparkwatch's probabilities (class, t, y, x) of the strides that count, and their first frame."""
    path = output / "probabilities.safetensors"
    run_bench(options, movie, "--strides", 2, "--probabilities", path)
    with safe_open(path, "numpy") as file:
        return file.get_tensor("probabilities"), int(file.metadata()["first_frame"])


def difference(peer, movie, found, first_frame):
    """The largest difference of two windows' central frames from Sparkwatch's; warms the peer up, too."""
    first_window = (first_frame - CENTRE.start) // STRIDE
    largest = 0.0
    for index in range(found.shape[1] // STRIDE):
        expected = peer.run(window(movie, first_window + index))[:, CENTRE]
        largest = max(largest, float(abs(expected - found[:, index * STRIDE : (index + 1) * STRIDE]).max()))
    return largest


def timed(peer, frames):
    """Time of one window, in ms."""
    time.sleep(PAUSE_SECONDS)
    started = time.perf_counter()
    peer.run(frames)
    return 1000 * (time.perf_counter() - started)


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown processor"


if __name__ == "__main__":
    main()
