"""Run the detector for a given time with a fault every few seconds, and print what was lost and what it cost.

    .venv/bin/python Benchmarks/soak/soak.py --minutes 60

Real processes and sockets: `sparksim play` in a loop, `sparkwatch live` with recorder, page, marks, control and
catch-up, a subscriber, and `every_event.py`. Faults: senders killed, subscribers cut off, the keeper killed, messages
and subscriptions without end, crowds of connections, garbage on every port, the folder of the journal deleted.
The last line is a JSON object with all figures; the exit code is 1 if a frame or an event is unaccounted for.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import zmq

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / ".build" / "release"
ATTACKS = [
    ("multipart", "marks", "REQ"), ("multipart", "catch_up", "REQ"), ("subscription", "events", ""),
    ("subscriptions", "events", ""), ("crowd", "events", "SUB"), ("crowd", "marks", "REQ"),
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Subscriber(threading.Thread):
    """Hears everything on a connection that is cut off now and then."""

    def __init__(self, endpoint):
        super().__init__(daemon=True)
        self.endpoint, self.messages, self.gaps, self.is_over, self.cut = endpoint, [], 0, False, threading.Event()

    def run(self):
        while not self.is_over:
            self.cut.clear()
            subscriber = zmq.Context.instance().socket(zmq.SUB)
            subscriber.linger = 0
            subscriber.subscribe(b"")
            subscriber.connect(self.endpoint)
            last = None
            while not self.is_over and not self.cut.is_set():
                if subscriber.poll(100):
                    message = json.loads(subscriber.recv_multipart()[1])
                    self.gaps += last is not None and message["message_num"] != last + 1
                    last = message["message_num"]
                    self.messages.append(message)
            subscriber.close()


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.random = random.Random(options.seed)
        self.ports = {name: free_port() for name in ("frames", "events", "marks", "catch_up", "control", "page")}
        self.endpoints = {name: f"tcp://127.0.0.1:{port}" for name, port in self.ports.items()}
        self.faults, self.samples = Counter(), []
        self.journal_folders_deleted = 0

    def start(self, *command, **others):
        return subprocess.Popen([str(part) for part in command], cwd=self.folder, **others)

    def start_player(self):
        return self.start(BINARIES / "sparksim", "play", "made/01_video.tif", "--bind", self.endpoints["frames"], "--loop", 0,
                          "--speed", self.options.speed, "--wait-for-subscriber", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_keeper(self):
        return self.start(sys.executable, ROOT / "Documentation/bridges/every_event.py", "--events", self.endpoints["events"],
                          "--catch-up", self.endpoints["catch_up"], "--output", "every.jsonl", stderr=subprocess.DEVNULL)

    def start_detector(self):
        model = ["--model", self.options.model, "--threshold", "0.5"] if self.options.model else []
        return self.start(
            BINARIES / "sparkwatch", "live", "--frames", self.endpoints["frames"], "--events", self.endpoints["events"],
            "--marks", self.endpoints["marks"], "--catch-up", self.endpoints["catch_up"], "--triggers", ROOT / "Config/triggers.json5",
            "--dry-run-triggers", "--trigger-control", self.endpoints["control"], "--page-port", self.ports["page"],
            "--record", "recordings", "--no-status", "--frame-size", f"{self.options.height}x{self.options.width}", *model,
            stdout=subprocess.DEVNULL, stderr=open(self.folder / "detector.txt", "w"),
        )

    def fault(self):
        kinds = ["sender", "subscriber", "keeper", "attack", "garbage", "garbage"]
        kind = self.random.choice(kinds + ["folder"] * self.options.delete_folder)
        self.faults[kind] += 1
        if kind == "sender":
            self.player.kill()
            self.player.wait()
            self.player = self.start_player()
        elif kind == "subscriber":
            self.subscriber.cut.set()
        elif kind == "keeper":
            self.keeper.kill()
            self.keeper.wait()
            self.keeper = self.start_keeper()
        elif kind == "attack":
            attack, target, peer = self.random.choice(ATTACKS)
            subprocess.run([sys.executable, ROOT / "Tests/Peers/attack_sockets.py", str(self.detector.pid), attack,
                            self.endpoints[target], peer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elif kind == "garbage":
            for name in set(self.ports) - {"frames"}:
                try:
                    with socket.create_connection(("127.0.0.1", self.ports[name]), timeout=2) as peer:
                        peer.sendall(self.random.randbytes(self.random.randrange(20_000)))
                except OSError:
                    pass
        else:
            for path in (self.folder / "sparkwatch-output").glob("*"):
                path.unlink()
            self.journal_folders_deleted += 1

    def sample(self, seconds):
        status = Path(f"/proc/{self.detector.pid}")
        pages = int((status / "statm").read_text().split()[1])
        threads = len(os.listdir(status / "task"))
        self.samples.append((seconds, pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(os.listdir(status / "fd")), threads))

    def run(self):
        options = self.options
        subprocess.run([BINARIES / "sparksim", "synth", "--output", "made", "--count", "1", "--frames", str(options.frames),
                        "--height", str(options.height), "--width", str(options.width), "--snr", "6", "--seed", str(options.seed)],
                       cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.subscriber = Subscriber(self.endpoints["events"])
        self.subscriber.start()
        self.detector = self.start_detector()
        self.player, self.keeper = self.start_player(), self.start_keeper()
        start, next_fault = time.monotonic(), time.monotonic() + options.every
        while time.monotonic() < start + 60 * options.minutes and self.detector.poll() is None:
            time.sleep(1)
            if self.detector.poll() is None:
                self.sample(time.monotonic() - start)
            if time.monotonic() >= next_fault:
                self.fault()
                next_fault = time.monotonic() + options.every * self.random.uniform(0.5, 1.5)
        died = self.detector.poll()
        self.player.send_signal(signal.SIGINT)
        self.player.wait()
        time.sleep(5)
        if died is None:
            self.detector.send_signal(signal.SIGINT)
            status = self.detector.wait(600)  # what waits is decided first, however slowly
        self.subscriber.is_over = True
        self.subscriber.join()
        self.keeper.kill()
        return self.figures(died if died is not None else status)

    def figures(self, status):
        messages = self.subscriber.messages
        beats = [message for message in messages if message["topic"] == "hb"]
        last = beats[-1] if beats else {}
        journalled = set()
        for path in (self.folder / "sparkwatch-output").glob("*.jsonl"):
            journalled |= {json.loads(line)["message_num"] for line in path.read_text().splitlines()}
        heard = {message["message_num"] for message in messages if message["topic"].startswith("event.")}
        # A series that its sender ended has all frames of the movie, received or counted as missing.
        unaccounted = 0
        for end in (message for message in messages if message["topic"] == "series.end" and message["reason"] == "source_ended"):
            found = end["frames_received"] + end["missing_source"] + end["missing_transport"]
            unaccounted += max(0, self.options.frames - found) if end.get("last_frame") == self.options.frames - 1 else 0
        late = [sample for sample in self.samples if sample[0] >= min(300, self.samples[-1][0] / 3)] if self.samples else []
        return {
            "minutes": round(self.samples[-1][0] / 60, 2) if self.samples else 0,
            "exit_code": status,
            "faults": dict(self.faults),
            "frames_received": last.get("frames_received"),
            "frames_missing": {key: last.get(key) for key in ("missing_source", "missing_transport", "overflow")},
            "frames_not_recorded": last.get("frames_not_recorded"),
            "refused": last.get("refused"),
            "connections_refused": last.get("connections_refused"),
            "frames_unaccounted": unaccounted,
            "events_heard": len(heard),
            "events_missing_in_journal": None if self.journal_folders_deleted else len(heard - journalled),
            "events_kept": sum(1 for _ in open(self.folder / "every.jsonl", "rb")) if (self.folder / "every.jsonl").exists() else 0,
            "journals_replaced": last.get("journals_replaced"),
            "memory_mb": [round(value) for value in (self.samples[0][1], self.samples[-1][1])] if self.samples else None,
            "memory_slope_mb_per_min": slope([(s[0] / 60, s[1]) for s in late]),
            "descriptors": [min(s[2] for s in late), max(s[2] for s in late)] if late else None,
            "threads": [min(s[3] for s in late), max(s[3] for s in late)] if late else None,
        }


def slope(points):
    """Of the straight line through points, by least squares."""
    if len(points) < 2:
        return None
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return round(sum((x - mean_x) * (y - mean_y) for x, y in points) / spread, 3) if spread else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=4, help="mean time between faults, in s")
    parser.add_argument("--speed", type=float, default=1, help="1 is 147 frame/s")
    parser.add_argument("--frames", type=int, default=2000, help="frames of a series")
    parser.add_argument("--height", type=int, default=32)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--model", help="safetensors; default: the model that ships")
    parser.add_argument("--delete-folder", action="store_true", help="delete the journals now and then, too")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = Soak(options, Path(folder)).run()
    print(json.dumps(figures))
    sys.exit(int(figures["exit_code"] != 0 or figures["frames_unaccounted"] > 0 or bool(figures["events_missing_in_journal"])))


if __name__ == "__main__":
    main()
