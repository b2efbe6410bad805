"""Follow a file and a folder while a writer is killed and started again, and compare with frames over ZeroMQ.

    .venv/bin/python Benchmarks/following/following.py

For each way of writing: `sparksim play --to-file` or `--to-folder` writes in real time, is killed (SIGKILL) after a third
of the frames, and another one writes the rest; `sparkwatch live --follow` reads along. Then the same frames are played
over ZeroMQ into another run. The last line is a JSON object; the exit code is 1 if a frame is unaccounted for or an
event differs in any field but the names of the series and the times of acquisition, which such files do not hold.
"""

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tifffile

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / ".build" / "release"
OF_A_RUN = {"version", "message_num", "topic_num", "event_id", "series_id", "t_pub_ns", "t_ready_ns", "config_sha256",
            "latency_ms", "stream", "t_acq_ns"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Following:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def start(self, *command, **others):
        return subprocess.Popen([str(part) for part in command], cwd=self.folder, text=True, **others)

    def detector(self, name, *arguments):
        model = ["--model", self.options.model, "--threshold", "0.5"] if self.options.model else []
        with open(self.folder / f"{name}.txt", "w") as log:
            return self.start(
                BINARIES / "sparkwatch", "live", *arguments, "--events", "tcp://127.0.0.1:*", "--output", name, "--no-page",
                "--no-status", "--series-count", 2, "--frame-size", f"{self.options.height}x{self.options.width}", *model,
                stderr=log)

    def wait_for(self, name, text):
        while text not in (self.folder / f"{name}.txt").read_text():
            time.sleep(0.1)

    def player(self, frames, *arguments):
        return self.start(BINARIES / "sparksim", "play", "made/01_video.tif", "--frames", frames, "--frame-interval",
                          1000 / self.options.rate, *arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def journal(self, name):
        lines = [line for path in (self.folder / name).glob("*.jsonl") for line in path.read_text().splitlines()]
        messages = [json.loads(line) for line in lines]
        series = [message["series_id"] for message in messages if message["topic"] == "series.start"]
        events = [[] for _ in series]
        for message in messages:
            if message["topic"].startswith("event.") and message["state"] == "final":
                fields = {key: value for key, value in message.items() if key not in OF_A_RUN}
                events[series.index(message["series_id"])].append(fields)
        return events, [message for message in messages if message["topic"] == "series.end"]

    def frames_written(self, way, target):
        """How many complete frames each of the two writers left, counted without Sparkwatch."""
        frame_bytes = self.options.height * self.options.width * 2
        if way == "folder":
            return [sum(path.stat().st_size > frame_bytes for path in target.glob(pattern)) for pattern in ("img_*", "img-2_*")]
        files = [target, target.with_name(target.name.replace(".tif", "-2.tif"))]
        if way == "recording":
            return [len(tifffile.TiffFile(path).pages) for path in files]
        with tifffile.TiffFile(files[0]) as unfinished:
            start = unfinished.pages[0].dataoffsets[0]
        return [(files[0].stat().st_size - start) // frame_bytes, len(tifffile.TiffFile(files[1]).pages)]

    def follow(self, way):
        target = self.folder / ("frames" if way == "folder" else f"{way}.tif")
        to = ["--to-folder", target] if way == "folder" else ["--to-file", target, "--file-format", way]
        name = f"follow-{way}"
        detector = self.detector(name, "--follow", target, "--follow-end-s", 3)
        self.wait_for(name, "following")
        first = self.options.frames // 3
        writer = self.player(first + 1000, *to)
        time.sleep(first / self.options.rate)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        time.sleep(1)
        written = self.frames_in(way, target)
        self.player(self.options.frames - written, *to).communicate()
        detector.wait()
        written = self.frames_written(way, target)
        events, ends = self.journal(name)
        reference_events, _ = self.over_network(f"network-{way}", written)
        pairs = [(a, b) for series in zip(events, reference_events) for a, b in zip(*series)]
        return {
            "frames_written": written,
            "frames_taken": [end["frames_received"] for end in ends],
            "missing": sum(end["missing_source"] + end["missing_transport"] + end["overflow"] for end in ends),
            "refused": [end["refused"] for end in ends],
            "half_written": len(list(target.glob("*"))) - sum(written) if way == "folder" else 0,
            "events": [len(series) for series in events],
            "events_over_network": [len(series) for series in reference_events],
            "events_that_differ": sum(a != b for a, b in pairs),
        }

    def frames_in(self, way, target):
        """Complete frames of the writer that was killed."""
        frame_bytes = self.options.height * self.options.width * 2
        if way == "folder":
            return sum(path.stat().st_size > frame_bytes for path in target.glob("img_*"))
        return target.stat().st_size // frame_bytes

    def over_network(self, name, counts):
        endpoint = f"tcp://127.0.0.1:{free_port()}"
        detector = self.detector(name, "--frames", endpoint, "--ring-frames", 4096, "--no-adaptive-stride")
        self.wait_for(name, "frames from")
        for count in counts:
            self.player(count, "--bind", endpoint, "--wait-for-subscriber", "--speed", self.options.speed).communicate()
        detector.wait()
        return self.journal(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=147, help="frames per second")
    parser.add_argument("--height", type=int, default=64)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--speed", type=float, default=1, help="of the frames over ZeroMQ: 1 is real time")
    parser.add_argument("--ways", default="imagej,folder", help="of imagej, recording, folder; with commas between them")
    parser.add_argument("--model", help="other weights, for a computer that is too slow or busy; default: the model that ships")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        following = Following(options, Path(folder))
        following.start(BINARIES / "sparksim", "synth", "--output", "made", "--count", 1, "--frames", options.frames, "--seed", 21,
                        "--height", options.height, "--width", options.width, "--snr", 5, stdout=subprocess.DEVNULL).wait()
        results = {}
        for way in options.ways.split(","):
            results[way] = following.follow(way)
            print(way, json.dumps(results[way]), flush=True)
    is_right = all(
        result["frames_written"] == result["frames_taken"] and not result["missing"]
        and sum(sum(counts.values()) for counts in result["refused"]) == result["half_written"]
        and result["events"] == result["events_over_network"] and not result["events_that_differ"]
        for result in results.values())
    print(json.dumps({"frames": options.frames, "rate": options.rate, "is_right": is_right, **results}))
    sys.exit(not is_right)


if __name__ == "__main__":
    main()
