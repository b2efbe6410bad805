#!/usr/bin/env python3
"""The shortest publisher, a NumPy array and its shape as in the PyZMQ manual: publisher.py movie.tif [endpoint]"""
import sys, time
import tifffile, zmq

socket = zmq.Context().socket(zmq.PUB)
socket.bind(sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5555")
time.sleep(1)  # let the detector connect
for frame in tifffile.imread(sys.argv[1]):
    socket.send_json({"shape": frame.shape, "dtype": str(frame.dtype)}, zmq.SNDMORE)
    socket.send(frame)
    time.sleep(0.0068)
