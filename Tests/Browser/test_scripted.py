"""The live page against a detector that plays a script: what hardly ever happens with a real one."""

import functools
import http.server
import json
import struct
import threading

import pytest
from conftest import ROOT, Page, wait_for

HELLO = dict(page="hello", run="first", software_version="0.1.0", model_name="m.safetensors", model_sha256="ab" * 32, isa="avx512",
             processor="test, 2 threads", threads=2, window=256, stride=32)
SERIES = dict(topic="series.start", stream="scope", series_id="s1", shape=[64, 512], pixel_size_um=0.2,
              frame_interval_ms=6.8, first_frame=0, t_pub_ns=1)
NOW = dict(page="now")


def beat(seconds, **changes):
    return dict(
        topic="hb", status=0, state="RUNNING", series_id="s1", frames_received=1000, missing_source=0,
        missing_transport=0, frames_held=0, overflow=0, rtf=2.0, lag_ms=10, latency_p50_ms=1100, latency_p95_ms=1200,
        latency_p99_ms=1300, ring_fill=0.0, refused={}, messages_lost=0, messages_not_journaled=0, frames_recorded=0,
        frames_not_recorded=0, wave_clips_lost=0, t_pub_ns=int(seconds * 1e9),
    ) | changes


def wave(number, seconds):
    return dict(
        topic="event.wave.final", event_type="wave", state="final", event_id=f"4853b821-{number:06d}", series_id="s1",
        rev=1, frame_start=100, frame_end=130, frame_peak=115, bbox=[5, 100, 50, 300], centroid_px=[30, 200],
        centroid_um=[6, 40], t_start_ms=680, duration_ms=200, confidence=0.9, area_um2=100, params={}, reasons={},
        flags=[], missing_frames=0, latency_ms={"total": 1100}, t_pub_ns=int(seconds * 1e9),
    )


def picture(frame, width=512, height=64):
    return struct.pack("<BBHHHIIddff", 1, 1, 5, width, height, 1, 0, frame, 0.0, 100.0, 2000.0) + bytes(width * height)


class Detector:
    """The far end of the page's WebSocket."""

    def __init__(self, chromium, address):
        self.history = [HELLO, SERIES]
        self.connections, self.commands = [], []
        self.page = Page(chromium, address, prepare=lambda tab: tab.route_web_socket("**/live", self.connect))
        self.wait(lambda: self.connections, "the page connects")

    def connect(self, socket):
        socket.on_message(lambda text: self.commands.append(json.loads(text)))
        self.connections.append(socket)
        for message in [*self.history, NOW]:
            socket.send(json.dumps(message))

    def send(self, *messages):
        for message in messages:
            self.connections[-1].send(message if isinstance(message, bytes) else json.dumps(message))

    def wait(self, condition, what, seconds=30):
        def looked():
            # Lets the browser's messages in.
            self.page.tab.wait_for_timeout(20)
            return condition()

        return wait_for(looked, what, seconds)

    def reconnect(self):
        """Cuts the page off, and waits until it has come back."""
        connections = len(self.connections)
        self.connections[-1].close()
        self.wait(lambda: len(self.connections) > connections, "the page comes back")
        self.page.tab.wait_for_timeout(200)

    @property
    def is_alarmed(self):
        return self.page.tab.is_visible("#alarm")


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=ROOT / "Sources/Dashboard/Page")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture
def detector(chromium, address):
    detector = Detector(chromium, address)
    yield detector
    detector.page.close()


def test_waves_published_while_the_page_was_cut_off_raise_the_alarm(detector):
    detector.history.append(wave(1, 10))
    detector.page.tab.reload()
    detector.wait(lambda: len(detector.page.event_ids()) == 1, "the wave of before")
    assert not detector.is_alarmed, "history is no news to a page that was just opened"

    detector.send(beat(20), wave(2, 21))
    detector.wait(lambda: detector.is_alarmed, "the alarm")
    detector.page.press("Enter")
    assert not detector.is_alarmed

    detector.history += [wave(2, 21), wave(3, 25)]
    detector.reconnect()
    detector.wait(lambda: detector.is_alarmed, "the alarm for what was missed")
    assert detector.page.text("#alarm-title") == "WAVE", "the one that was seen before is none of them"


def test_a_new_run_that_uses_ids_again_raises_the_alarm(detector):
    detector.send(beat(10), wave(1, 11))
    detector.wait(lambda: detector.is_alarmed, "the alarm")
    detector.page.press("Enter")
    detector.history.append(wave(1, 11))
    detector.reconnect()
    detector.send(wave(1, 12), beat(13))
    detector.wait(lambda: detector.page.text("#state") == "RUNNING", "the beat behind it")
    assert not detector.is_alarmed, "the same wave of the same run"
    detector.history = [HELLO | dict(run="second"), SERIES]
    detector.reconnect()
    assert not detector.is_alarmed
    detector.send(wave(1, 30))
    detector.wait(lambda: detector.is_alarmed, "the alarm of the new run")


def test_a_wave_that_was_taken_back_while_the_page_was_cut_off_ends_its_alarm(detector):
    detector.send(beat(10), wave(1, 11) | dict(topic="event.wave.provisional", state="provisional"))
    detector.wait(lambda: detector.is_alarmed, "the alarm")
    detector.history.append(dict(topic="event.wave.retracted", event_id="4853b821-000001", event_type="wave", t_pub_ns=12))
    detector.reconnect()
    detector.wait(lambda: not detector.is_alarmed, "the end of the alarm")


def test_a_connection_that_has_fallen_silent_is_given_up(detector):
    detector.send(beat(10))
    detector.wait(lambda: detector.page.text("#state") == "RUNNING", "a beat")
    connections = len(detector.connections)
    detector.wait(lambda: detector.page.text("#state") == "CONNECTION LOST", "the silence is noticed")
    detector.wait(lambda: len(detector.connections) > connections, "another try")


def test_a_mark_lies_where_the_key_was_pressed(detector):
    detector.send(beat(10), picture(500))
    detector.wait(lambda: detector.page.number("newestFrame") == 500, "the picture")
    detector.page.press("m")
    detector.send(picture(900))
    detector.wait(lambda: detector.page.number("newestFrame") == 900, "a later picture")
    detector.page.tab.fill("#mark-label", "ISO 100 nM")
    detector.page.press("Enter")
    detector.wait(lambda: detector.commands, "the mark")
    assert detector.commands == [{"command": "mark", "label": "ISO 100 nM", "series_id": "s1", "frame": 500}]


def test_a_mark_that_cannot_be_sent_is_not_lost_without_a_word(detector):
    detector.send(beat(10))
    detector.page.press("m")
    detector.page.tab.route_web_socket("**/live", lambda socket: socket.close())
    detector.connections[-1].close()
    detector.wait(lambda: detector.page.text("#state") == "CONNECTION LOST", "the loss")
    detector.page.tab.fill("#mark-label", "washout")
    detector.page.press("Enter")
    detector.wait(lambda: 'the mark "washout" was NOT set' in detector.page.text("#notices"), "the notice")


def test_what_the_disk_did_not_take_stands_out(detector):
    detector.send(beat(10, frames_recorded=900, frames_not_recorded=7, messages_not_journaled=3))
    loss = detector.wait(lambda: detector.page.tab.query_selector('[data-health="not recorded"]'), "the row")
    assert loss.inner_text() == "7" and "bad" in loss.get_attribute("class")
    assert detector.page.text('[data-health="not journalled"]') == "3"


def test_lost_frames_are_hatched_in_grey_and_look_like_no_event(detector):
    gap = dict(topic="gap", stream="scope", series_id="s1", first_missing_frame=600, missing_frames=700, origin="source",
               action="break", t_pub_ns=2)
    detector.send(beat(20), picture(500), picture(2000), gap)
    detector.wait(lambda: detector.page.number("shownFrame") is not None, "a picture")
    script = """
        () => {
            const canvas = document.getElementById('raster');
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const colours = {};
            for (let at = 0; at < data.length; at += 4) {
                const key = `${data[at]},${data[at + 1]},${data[at + 2]}`;
                colours[key] = (colours[key] ?? 0) + 1;
            }
            return colours;
        }
    """
    ground = "58,66,75"  # of drawGap
    colours = detector.wait(lambda: (found := detector.page.tab.evaluate(script)).get(ground, 0) > 2000 and found, "the gap")
    lines = sum(count for key, count in colours.items() if min(map(int, key.split(","))) > 75)
    assert lines > 2000, "hatched, not only filled"
    saturated = [key for key, count in colours.items() if count > 50 and max(map(int, key.split(","))) - min(map(int, key.split(","))) > 60]
    assert not saturated


def test_an_alarm_does_not_stand_over_the_next_recording(detector):
    detector.send(beat(10), wave(1, 11))
    detector.wait(lambda: detector.is_alarmed, "the alarm")
    detector.send(SERIES | dict(series_id="s2"))
    detector.wait(lambda: not detector.is_alarmed, "the end of the alarm")


def test_what_helps_is_said_where_detection_is_too_slow(detector):
    detector.send(beat(10, rtf=1.4))
    detector.wait(lambda: detector.page.text("#state") == "RUNNING", "a beat")
    assert detector.page.text("#health-note") == ""
    detector.send(beat(11, rtf=0.6))
    detector.wait(lambda: "a smaller frame" in detector.page.text("#health-note"), "what helps")
