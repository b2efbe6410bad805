#!/usr/bin/env python3
"""The shortest publisher (pip install numpy pyzmq tifffile):
publisher.py movie.tif tcp://127.0.0.1:5555 6.8 0.2    (frame interval in ms, pixel size in um)"""
import sys, time
import tifffile, zmq

movie, endpoint, interval_ms, pixel_size_um = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
socket = zmq.Context().socket(zmq.PUB)
socket.bind(endpoint)
time.sleep(1)  # let the detector connect
start = time.perf_counter()
for i, frame in enumerate(tifffile.imread(movie)):  # instead: the frames of your camera
    time.sleep(max(0, start + i * interval_ms / 1000 - time.perf_counter()))  # which come by themselves
    socket.send_json({"shape": frame.shape, "dtype": str(frame.dtype), "frame": i,
                      "frame_interval_ms": interval_ms, "pixel_size_um": pixel_size_um}, zmq.SNDMORE)
    socket.send(frame.tobytes())
