"""Publish short series with headers as broken senders make them: endpoint frame-count.

Each series has one odd thing in its headers: numbers that no memory should hold, NaN, texts that a terminal would obey.
"""

import json
import sys
import time

import numpy as np
import zmq

ENDPOINT, COUNT = sys.argv[1], int(sys.argv[2])
RANDOM = np.random.default_rng(2)
ODD = [
    '"frame_interval_ms": 6.9e-310', '"frame_interval_ms": 1e-18', '"frame_interval_ms": 1e-320',
    '"pixel_size_um": [1e-19, 1e-19]', '"pixel_size_um": 1e300', '"frame_interval_ms": NaN', '"laser_mW": Infinity',
    '"frame_interval_ms": 9.9e8', '"source": "\\u001b]0;owned\\u0007\\nforged line"', '"timeStamp": 1e300',
]
socket = zmq.Context().socket(zmq.XPUB)
socket.linger = 5000
socket.bind(ENDPOINT)
assert socket.poll(60_000), "nobody subscribed"
socket.recv()
for number, odd in enumerate(ODD):
    for frame in range(COUNT):
        pixels = RANDOM.integers(900, 60_000, (16, 24), np.uint16)
        header = f'{{"dtype": "uint16", "shape": [16, 24], "frame": {frame}, "series_id": "odd-{number}", {odd}}}'
        socket.send_multipart([header.encode(), pixels.tobytes()])
        time.sleep(0.001)
    end = {"htype": "series_end-1.0", "series_id": f"odd-{number}", "frames_sent": COUNT}
    socket.send(json.dumps(end).encode())
time.sleep(1)
