#!/usr/bin/env python3
"""Publish the camera of Micro-Manager's core to Sparkwatch.

    pip install pymmcore-plus pyzmq
    python micromanager.py --config MMConfig.cfg --frames 10000

Device adapters come with Micro-Manager (`mmcore install` fetches it on Windows and macOS); for the demo camera
`pip install mm-test-adapters` is enough, on Linux too.

Runs a sequence acquisition in this process (no Java in between), takes every frame out of the core's circular
buffer and publishes it as one ZeroMQ message: JSON header, raw pixels. Frames that the core dropped show as a
gap in `frame`.
"""

import argparse
import sys
import time
import uuid
from pathlib import Path

import pymmcore_plus
import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator


def argument_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--config", help="system configuration of Micro-Manager; default: the demo devices")
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5555", help="where to publish")
    parser.add_argument("--frames", type=int, default=1000, help="frames to acquire")
    parser.add_argument("--exposure-ms", type=float, default=6.8, help="exposure = time from frame to frame")
    parser.add_argument("--roi", type=int, nargs=4, metavar=("X", "Y", "WIDTH", "HEIGHT"), help="camera region")
    parser.add_argument("--property", nargs=3, action="append", default=[], metavar=("DEVICE", "NAME", "VALUE"),
                        help="device property to set before the acquisition; may be repeated")
    parser.add_argument("--keys", help="folder made by `sparkwatch keys`: only detectors whose key is allowed there get frames")
    parser.add_argument("--wait", type=float, default=10, help="seconds to wait for a subscriber")
    return parser


def open_microscope(options):
    core = pymmcore_plus.CMMCorePlus()
    try:
        core.loadSystemConfiguration(options.config or "MMConfig_demo.cfg")
    except (FileNotFoundError, OSError, RuntimeError) as error:
        remedy = ("check the path, and that its devices are there" if options.config else
                  "the demo devices are missing: pip install mm-test-adapters, or name your configuration with --config")
        sys.exit(f"cannot load {options.config or 'MMConfig_demo.cfg'}: {error}; {remedy}")
    for device, name, value in options.property:
        core.setProperty(device, name, value)
    if options.roi:
        core.setROI(*options.roi)
    core.setExposure(options.exposure_ms)
    return core


def open_publisher(options):
    """Bind, and wait until someone subscribes so that the first frames are not lost."""
    socket = zmq.Context.instance().socket(zmq.XPUB)
    socket.sndhwm = 512
    socket.linger = 2000
    if options.keys:
        ask_for_keys(socket, Path(options.keys))
    socket.bind(options.endpoint)
    socket.poll(int(options.wait * 1000))
    return socket


AUTHENTICATORS = []  # one that nobody holds ends


def ask_for_keys(socket, folder):
    """Let in nobody whose key is not in the folder, and show that we are who we are."""
    authenticator = ThreadAuthenticator(zmq.Context.instance())
    AUTHENTICATORS.append(authenticator)
    authenticator.start()
    authenticator.configure_curve(domain="*", location=str(folder / "allowed"))
    socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(folder / "sparkwatch.key_secret")
    socket.curve_server = True


def acquire(core, socket, options, stop=lambda: False, specimen=None):
    """Acquire and publish one series; `stop` is asked for every frame, `specimen` takes the place of the pixels."""
    series = {"series_id": str(uuid.uuid4()), "source": core.getCameraDevice(),
              "shape": [core.getImageHeight(), core.getImageWidth()], "type": f"uint{8 * core.getBytesPerPixel()}",
              "bit_depth": core.getImageBitDepth(), "frame_interval_ms": core.getExposure()}
    if specimen is not None:
        series.update(shape=specimen.shape[1:], type=str(specimen.dtype), bit_depth=8 * specimen.itemsize)
    pixel_size_um = core.getPixelSizeUm()
    if pixel_size_um > 0:
        series["pixel_size_um"] = [pixel_size_um, pixel_size_um]
    socket.send_json({"htype": "series_start-1.0", **series})

    core.startSequenceAcquisition(options.frames, 0, True)
    published = 0
    try:
        while core.isSequenceRunning() or core.getRemainingImageCount():
            if stop():
                core.stopSequenceAcquisition()
                break
            if not core.getRemainingImageCount():
                time.sleep(0.0005)
                continue
            image, metadata = core.popNextImageAndMD()
            header = {"htype": "array-1.0", **series, "frame": int(metadata["ImageNumber"]),
                      "message_num": published, "t_send_ns": time.time_ns()}
            socket.send_json(header, zmq.SNDMORE)
            socket.send((image if specimen is None else specimen[published % len(specimen)]).tobytes())
            published += 1
    except KeyboardInterrupt:
        core.stopSequenceAcquisition()
    finally:
        socket.send_json({"htype": "series_end-1.0", "series_id": series["series_id"], "frames_sent": published})
    return published


def main():
    options = argument_parser(__doc__.splitlines()[0]).parse_args()
    core = open_microscope(options)
    socket = open_publisher(options)
    start = time.perf_counter()
    published = acquire(core, socket, options)
    seconds = time.perf_counter() - start
    print(f"published {published} frames in {seconds:.1f} s ({published / seconds:.1f} frame/s)")
    socket.close()


if __name__ == "__main__":
    main()
