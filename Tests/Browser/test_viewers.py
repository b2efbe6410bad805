"""Many viewers, slow viewers, uninvited viewers."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from conftest import Page, wait_for

VIEWERS = 8
# What a stalled viewer may cost: its queue (at most 4 MiB of pictures and 8 MiB of messages) and what malloc keeps.
STALLED_MEGABYTES = 30


class Viewer(threading.Thread):
    """Reads everything and remembers the names of final events and the number of pictures."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.socket = connect(f"ws://127.0.0.1:{port}/live", max_size=None, compression=None)
        self.events, self.pictures = set(), 0
        self.start()

    def run(self):
        try:
            for message in self.socket:
                if isinstance(message, bytes):
                    self.pictures += message[0] == 1
                elif (content := json.loads(message)).get("topic", "").endswith(".final"):
                    self.events.add(content["event_id"])
        except ConnectionClosed:
            pass


def stalled_viewer(port):
    """A viewer that joins and then reads nothing any more."""
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    viewer.connect(("127.0.0.1", port))
    viewer.sendall(
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert viewer.recv(12) == b"HTTP/1.1 101"
    return viewer


def test_eight_viewers_and_a_stalled_one_cost_no_memory_and_no_frame(rig, recording, record_property):
    rig.detect()
    viewers = [Viewer(rig.page_port) for _ in range(VIEWERS)]
    stalled = stalled_viewer(rig.page_port)
    rig.play(recording)

    def all_have_seen(pictures):
        return all(viewer.pictures >= pictures for viewer in viewers)

    wait_for(lambda: all_have_seen(120) and len(rig.final_events()) > 0, "pictures and events at all viewers")
    before = rig.resident_megabytes()
    seen = max(viewer.pictures for viewer in viewers)
    wait_for(lambda: all_have_seen(seen + 240), "more pictures at all viewers")
    after = rig.resident_megabytes()
    record_property("resident_megabytes", f"{before:.0f} to {after:.0f}")
    print(f"resident {before:.0f} MB, after 240 more pictures for each of {VIEWERS} viewers {after:.0f} MB")
    assert after - before < STALLED_MEGABYTES

    expected = {event["event_id"] for event in rig.final_events()}
    wait_for(lambda: all(expected <= viewer.events for viewer in viewers), "every event at every viewer")
    beat = rig.messages("hb")[-1]
    assert beat["overflow"] == beat["missing_source"] == beat["missing_transport"] == 0
    stalled.close()
    assert rig.stop(rig.detector) == 0


def status_of(url, **headers):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code


def test_foreign_pages_are_turned_away(rig):
    rig.detect()
    assert status_of(rig.address) == 200
    assert status_of(rig.address + "main.js") == 200
    assert status_of(rig.address + "../Package.swift") == 404
    assert status_of(rig.address, Host="evil.example") == 403
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{rig.page_port}/live", origin="http://evil.example")


def test_beyond_this_computer_the_token_is_asked_for(rig, chromium):
    rig.detect("--page-address", "0.0.0.0", "--page-token", "correcthorse1")
    assert status_of(rig.address) == 403
    assert status_of(rig.address + "?token=wronghorse111") == 403
    assert status_of(rig.address + "?token=correcthorse1") == 200
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{rig.page_port}/live")
    page = Page(chromium, rig.address + "?token=correcthorse1")
    wait_for(lambda: "NOT CONNECTED" not in page.text("#state"), "the page is connected")
    page.close()


def test_a_token_is_made_up_where_none_is_given(rig):
    rig.detect("--page-address", "0.0.0.0")
    lines = (rig.folder / "sparkwatch-0.txt").read_text
    line = wait_for(lambda: [text for text in lines().splitlines() if "live page" in text], "the address")[0]
    token = line.split("token=")[1]
    assert len(token) == 24
    assert status_of(rig.address + f"?token={token}") == 200
    assert status_of(rig.address) == 403


def test_a_port_in_use_is_named(rig, tmp_path):
    rig.detect()
    second = rig.start("sparkwatch", "live", "--events", "tcp://127.0.0.1:*", "--page-port", rig.page_port,
                       "--output", tmp_path / "second")
    assert second.wait(120) != 0
    assert f"port {rig.page_port}" in (rig.folder / "sparkwatch-1.txt").read_text()
