"""Bridges that need no detector: they are given triggers as a detector sends them."""

import json
import subprocess
import sys

import zmq

from project_files import DOCUMENTATION


def free_endpoint():
    with zmq.Context.instance().socket(zmq.REP) as socket:
        return f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


def test_a_trigger_puts_events_into_a_running_acquisition():
    endpoint = free_endpoint()
    process = subprocess.Popen(
        [sys.executable, DOCUMENTATION / "bridges" / "useq_triggered.py", "--triggers", endpoint, "--stop-after", "3",
         "--rule", "wave", "--patience-s", "30",
         "--event", '{"exposure": 2}', "--event", '{"exposure": 4, "properties": [["Camera", "Gain", "3"]]}'],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.rcvtimeo = 60_000
        socket.connect(endpoint)

        def ask(message):
            socket.send(message if isinstance(message, bytes) else json.dumps(message).encode())
            return socket.recv_json()

        first = {"trigger_id": "wave-1", "rule": "wave"}
        assert ask(first) == {"ok": True, "acted": True, "events": 2}
        assert ask(first) == {"ok": True, "acted": True, "events": 2}
        assert ask({"trigger_id": "puff-1", "rule": "puff"}) == {"ok": True, "acted": False}
        assert ask(b"wave!")["ok"] is False
        assert ask({"trigger_id": "wave-2", "rule": "wave"})["acted"] is True
        output, _ = process.communicate(timeout=60)
        assert json.loads(output) == {"triggers": 3, "frames": ["wave-1", "wave-1", "wave-2", "wave-2"]}
    finally:
        process.kill()


def test_an_event_that_is_none_is_named():
    made = subprocess.run(
        [sys.executable, DOCUMENTATION / "bridges" / "useq_triggered.py", "--event", '{"exposure": "long"}'],
        capture_output=True, text=True, check=False, timeout=60,
    )
    assert made.returncode == 1 and "--event is no useq.MDAEvent" in made.stderr and "exposure" in made.stderr
