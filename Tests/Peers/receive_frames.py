"""Receives what a publisher sends and writes one JSON object per message.

usage: receive_frames.py ENDPOINT OUTPUT MOVIE SERIES_ENDS [OFFSET ...]

Stops after SERIES_ENDS series_end messages, or after 5 s of silence. Frame i of the n-th series is compared with
frame i + OFFSET[n] of MOVIE (0 where no offset is given).
"""

import json
import sys

import numpy as np
import tifffile
import zmq

endpoint, output, movie_path, series_ends, *offsets = sys.argv[1:]
movie = tifffile.imread(movie_path)
expected = {
    "uint8": lambda frame: (frame >> 8).astype(np.uint8),
    "uint16": lambda frame: frame,
    "float32": lambda frame: frame.astype(np.float32),
}

socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.RCVTIMEO, 5000)
socket.setsockopt(zmq.RCVHWM, 0)
socket.setsockopt(zmq.RECONNECT_IVL, 20)
socket.setsockopt(zmq.SUBSCRIBE, b"")
socket.connect(endpoint)

messages, series, ends, counted = [], [], 0, 0
while ends < int(series_ends):
    try:
        parts = socket.recv_multipart()
    except zmq.Again:
        break
    try:
        header = json.loads(parts[0])
    except ValueError:
        messages.append({"kind": "bad_json"})
        continue
    kind = header.get("htype", "recipe")
    record = {"kind": kind, "header": header, "parts": len(parts)}
    messages.append(record)
    if kind == "series_start-1.0":
        series.append(header["series_id"])
    elif kind == "series_end-1.0":
        ends += 1
    elif len(parts) == 1:
        record["kind"] = "missing_pixels"
    else:
        count = int(np.prod(header["shape"])) * np.dtype(header["dtype"]).itemsize
        if len(parts[1]) != count:
            is_lie = header["shape"][0] != movie.shape[1]
            record["kind"] = "lying_shape" if is_lie else "wrong_byte_count"
            continue
        pixels = np.frombuffer(parts[1], header["dtype"]).reshape(header["shape"])
        position = counted if kind == "recipe" else header["frame"]
        number = max(len(series) - 1, 0)
        position += int(offsets[number]) if number < len(offsets) else 0
        record["equal"] = bool((pixels == expected[header["dtype"]](movie[position])).all())
        counted += 1

with open(output, "w") as file:
    json.dump(messages, file)
