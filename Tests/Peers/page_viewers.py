"""Viewers of a live page: page_viewers.py PORT VIEWERS MESSAGES. One more joins and then reads nothing.

Prints `ready` when all are there, and, when every reading viewer has MESSAGES messages of the kind `event`, how many
pictures each has got, as JSON. A viewer that fails ends all.
"""

import json
import os
import socket
import sys
import threading
import traceback

from websockets.sync.client import connect

port, viewer_count, message_count = (int(argument) for argument in sys.argv[1:])
pictures = [0] * viewer_count
ready = threading.Barrier(viewer_count + 1)

# Other tests run at the same time, on few cores.
PATIENCE_SECONDS = 900


def watch_or_end(number):
    try:
        watch(number)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def watch(number):
    address = f"ws://127.0.0.1:{port}/live"
    options = {"max_size": None, "compression": None, "ping_interval": None, "open_timeout": PATIENCE_SECONDS}
    with connect(address, origin=f"http://127.0.0.1:{port}", **options) as viewer:
        ready.wait(PATIENCE_SECONDS)
        seen = 0
        # Messages go first: pictures that wait behind the last one are still to come.
        while seen < message_count or pictures[number] == 0:
            message = viewer.recv()
            if isinstance(message, bytes):
                pictures[number] += 1
            elif "event" in json.loads(message):
                assert json.loads(message)["event"] == seen, "messages come in order and without gaps"
                seen += 1


viewers = [threading.Thread(target=watch_or_end, args=[number]) for number in range(viewer_count)]
for viewer in viewers:
    viewer.start()
stalled = socket.create_connection(("127.0.0.1", port))
stalled.sendall(
    f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
)
assert stalled.recv(12) == b"HTTP/1.1 101"
ready.wait(PATIENCE_SECONDS)
sys.stdout.write("ready\n")
for viewer in viewers:
    viewer.join()
print(json.dumps(pictures), flush=True)
