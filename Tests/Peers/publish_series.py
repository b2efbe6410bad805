"""Publish series of grey frames of given sizes with pyzmq: ENDPOINT FRAMESxHEIGHTxWIDTH ..."""

import json
import sys
import time

import zmq

INTERVAL_S = 0.002


def main():
    socket = zmq.Context.instance().socket(zmq.XPUB)
    socket.linger = 10000
    socket.sndhwm = 0
    socket.bind(sys.argv[1])
    assert socket.poll(120000), "nobody subscribed"
    socket.recv()
    for number, series in enumerate(sys.argv[2:]):
        frames, height, width = map(int, series.split("x"))
        pixels = bytes(range(50, 60)) * (height * width // 10 + 1)
        for frame in range(frames):
            header = dict(shape=[height, width], dtype="uint8", frame=frame, series_id=f"series {number}")
            socket.send_multipart([json.dumps(header).encode(), pixels[: height * width]])
            time.sleep(INTERVAL_S)
        socket.send_json(dict(htype="series_end-1.0", series_id=f"series {number}", frames_sent=frames))


main()
