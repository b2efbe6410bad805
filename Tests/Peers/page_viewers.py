"""Viewers of a live page: page_viewers.py PORT VIEWERS MESSAGES. One more joins and then reads nothing.

Prints `ready` when all are there, and, when every reading viewer has MESSAGES messages of the kind `event`, how many
pictures each has got, as JSON.
"""

import json
import socket
import sys
import threading

from websockets.sync.client import connect

port, viewer_count, message_count = (int(argument) for argument in sys.argv[1:])
pictures = [0] * viewer_count
ready = threading.Barrier(viewer_count + 1)


def watch(number):
    with connect(f"ws://127.0.0.1:{port}/live", max_size=None, compression=None, open_timeout=60) as viewer:
        ready.wait()
        seen = 0
        while seen < message_count:
            message = viewer.recv()
            if isinstance(message, bytes):
                pictures[number] += 1
            elif "event" in json.loads(message):
                assert json.loads(message)["event"] == seen, "messages come in order and without gaps"
                seen += 1


viewers = [threading.Thread(target=watch, args=[number]) for number in range(viewer_count)]
for viewer in viewers:
    viewer.start()
stalled = socket.create_connection(("127.0.0.1", port))
stalled.sendall(
    f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
)
assert stalled.recv(12) == b"HTTP/1.1 101"
ready.wait()
sys.stdout.write("ready\n")
for viewer in viewers:
    viewer.join()
print(json.dumps(pictures), flush=True)
