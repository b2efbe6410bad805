#!/usr/bin/env python3
"""The shortest publisher (pip install numpy pyzmq tifffile): publisher.py movie.tif [endpoint] [frame interval in ms]"""
import sys, time
import tifffile, zmq

interval_ms = float(sys.argv[3]) if len(sys.argv) > 3 else 6.8  # what your microscope does
socket = zmq.Context().socket(zmq.PUB)
socket.bind(sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5555")
time.sleep(1)  # let the detector connect
start = time.perf_counter()
for i, frame in enumerate(tifffile.imread(sys.argv[1])):
    time.sleep(max(0, start + i * interval_ms / 1000 - time.perf_counter()))
    socket.send_json({"shape": frame.shape, "dtype": str(frame.dtype), "frame": i,
                      "frame_interval_ms": interval_ms, "pixel_size_um": 0.2}, zmq.SNDMORE)
    socket.send(frame.tobytes())
