"""The live page in a real browser: `sparksim play` -> `sparkwatch live` -> Chromium, all of them processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import zmq
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("SPARKWATCH_BINARIES", ROOT / ".build" / "release"))
PATIENCE_S = 120


def wait_for(condition, what, seconds=PATIENCE_S):
    """Returns what `condition` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"never happened within {seconds} s: {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def recording(tmp_path_factory):
    """A synthetic recording with events of every class, small enough for slow computers."""
    folder = tmp_path_factory.mktemp("recording")
    options = ["--count", "1", "--frames", "700", "--width", "192", "--seed", "11", "--snr", "4", "--events", "waves"]
    subprocess.run([BINARIES / "sparksim", "synth", "--output", folder, *options], check=True, capture_output=True)
    return folder / "01_video.tif"


@pytest.fixture(scope="session")
def chromium():
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "no Chromium: run .ci/setup-browser"
    with sync_playwright() as playwright:
        # The sandbox needs rights that containers lack; only our own page is opened.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Rig:
    """A detector with its page, a microscope, and a subscriber that sees what is published."""

    def __init__(self, folder):
        self.folder = folder
        self.page_port, self.marks_port = free_port(), free_port()
        self.frames, self.events = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
        self.context = zmq.Context()
        self.subscriber = self.context.socket(zmq.SUB)
        self.subscriber.connect(self.events)
        self.subscriber.subscribe(b"")
        self.published = []
        self.processes = []
        self.detector = None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.page_port}/"

    def start(self, name, *arguments):
        output = open(self.folder / f"{name}-{len(self.processes)}.txt", "w")
        process = subprocess.Popen([BINARIES / name, *map(str, arguments)], stdout=output, stderr=output)
        self.processes.append(process)
        return process

    def detect(self, *options):
        self.detector = self.start(
            "sparkwatch", "live", "--frames", self.frames, "--events", self.events, "--output", self.folder / "live",
            "--page-port", self.page_port, "--marks", f"tcp://127.0.0.1:{self.marks_port}", "--no-status",
            "--no-adaptive-stride", "--ring-frames", 4096, *options,
        )
        wait_for(self.is_listening, "the page is served")
        return self.detector

    def is_listening(self):
        assert self.detector.poll() is None, (self.folder / "sparkwatch-0.txt").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.page_port)) == 0

    def play(self, recording, *options):
        return self.start("sparksim", "play", recording, "--bind", self.frames, "--wait-for-subscriber", "--wait",
                          PATIENCE_S, "--loop", 0, *options)

    def messages(self, prefix=""):
        """All messages published so far whose topic starts so."""
        while self.subscriber.poll(0):
            self.published.append(json.loads(self.subscriber.recv_multipart()[1]))
        return [message for message in self.published if message["topic"].startswith(prefix)]

    def final_events(self):
        return [message for message in self.messages("event.") if message["topic"].endswith(".final")]

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        return process.wait()

    def close(self):
        for process in reversed(self.processes):
            self.stop(process)
        self.context.destroy(linger=0)


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def proxy(tmp_path):
    """Starts nginx as the documentation says, with a certificate of its own: called with the page's port, returns the
    port of https."""
    executable = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert executable, "no nginx: run .ci/setup-browser"
    key, certificate = tmp_path / "localhost.key", tmp_path / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )
    processes = []

    def start(page_port):
        port = free_port()
        recipe = (ROOT / "Documentation/proxy/nginx.conf").read_text()
        for text, own in [
            ("listen 443", f"listen 127.0.0.1:{port}"), ("rig.example;", "localhost;"), ("127.0.0.1:8777", f"127.0.0.1:{page_port}"),
            ("/etc/ssl/certs/rig.example.pem", str(certificate)), ("/etc/ssl/private/rig.example.key", str(key)),
        ]:
            assert text in recipe, f"the recipe says nothing of {text}"
            recipe = recipe.replace(text, own)
        folders = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        )
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(f"daemon off;\npid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\n{folders}{recipe}}}\n")
        log = tmp_path / "nginx-errors.txt"
        processes.append(subprocess.Popen([executable, "-e", log, "-c", configuration, "-p", tmp_path]))

        def listens():
            assert processes[-1].poll() is None, log.read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_for(listens, "the proxy listens")
        return port

    yield start
    for process in processes:
        process.terminate()
        process.wait(PATIENCE_S)


class Page:
    """What a person sees and does."""

    def __init__(self, chromium, address, width=1280, height=720, prepare=lambda tab: None):
        self.tab = chromium.new_page(viewport={"width": width, "height": height})
        self.errors = []
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        prepare(self.tab)
        self.tab.goto(address)

    def number(self, name):
        """A number that the page keeps of itself, such as the frame shown; None before there is one."""
        text = self.tab.evaluate("name => document.body.dataset[name] ?? ''", name)
        return float(text) if text else None

    def text(self, selector):
        return self.tab.inner_text(selector)

    def event_ids(self):
        return set(self.tab.eval_on_selector_all("#events tr[data-id]", "rows => rows.map(row => row.dataset.id)"))

    def picture(self, selector):
        return self.tab.eval_on_selector(selector, "canvas => canvas.toDataURL()")

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)

    def close(self):
        self.tab.close()
        assert self.errors == []
