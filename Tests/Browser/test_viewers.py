"""Many viewers, slow viewers, uninvited viewers."""

import contextlib
import json
import socket
import threading
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from conftest import Page, wait_for

VIEWERS = 8
PLACES = 32


class Viewer(threading.Thread):
    """Reads everything and remembers the names of final events and the number of pictures."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.address, self.origin = f"ws://127.0.0.1:{port}/live", f"http://127.0.0.1:{port}"
        self.events, self.pictures = set(), 0
        self.start()

    def run(self):
        with connect(self.address, origin=self.origin, max_size=None, compression=None) as socket:
            for message in socket:
                if isinstance(message, bytes):
                    self.pictures += message[0] == 1
                elif (content := json.loads(message)).get("topic", "").endswith(".final"):
                    self.events.add(content["event_id"])


def stalled_viewer(port):
    """A viewer that joins and then reads nothing any more."""
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    viewer.connect(("127.0.0.1", port))
    viewer.sendall(
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert viewer.recv(12) == b"HTTP/1.1 101"
    return viewer


def test_eight_viewers_beside_a_stalled_one_see_everything(rig, recording):
    rig.detect()
    viewers = [Viewer(rig.page_port) for _ in range(VIEWERS)]
    stalled = stalled_viewer(rig.page_port)
    rig.play(recording)
    wait_for(lambda: rig.final_events(), "an event")
    wait_for(lambda: all(viewer.pictures >= 60 for viewer in viewers), "moving pictures at all viewers")
    expected = {event["event_id"] for event in rig.final_events()}
    wait_for(lambda: all(expected <= viewer.events for viewer in viewers), "every event at every viewer")
    stalled.close()
    assert rig.stop(rig.detector) == 0


def test_one_too_many_is_told_so_and_comes_in_later(rig, chromium):
    rig.detect()
    origin = f"http://127.0.0.1:{rig.page_port}"
    with contextlib.ExitStack() as places:
        others = [places.enter_context(connect(f"{origin.replace('http', 'ws')}/live", origin=origin)) for _ in range(PLACES)]
        page = Page(chromium, rig.address)
        wait_for(lambda: page.text("#state") == "ALL PLACES TAKEN", "the page says why it shows nothing")
        others[0].close()
        wait_for(lambda: page.text("#state") in ("CONNECTED", "WAITING"), "the page is connected")
        page.close()


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
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{rig.page_port}/live", origin="http://evil.example"):
        pass


def test_beyond_this_computer_the_token_is_asked_for(rig, chromium):
    rig.detect("--page-address", "0.0.0.0", "--page-token", "correcthorse1")
    assert status_of(rig.address) == 403
    assert status_of(rig.address + "?token=wronghorse111") == 403
    assert status_of(rig.address + "?token=correcthorse1") == 200
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{rig.page_port}/live"):
        pass
    page = Page(chromium, rig.address + "?token=correcthorse1")
    wait_for(lambda: not page.text("#state").startswith("CONNECT"), "the page is connected")
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
