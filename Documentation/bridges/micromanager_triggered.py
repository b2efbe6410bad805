#!/usr/bin/env python3
"""Change the acquisition of Micro-Manager's core when Sparkwatch sees a wave.

    pip install pymmcore-plus pyzmq tifffile
    python micromanager_triggered.py --after-exposure-ms 3.4 --after-property Camera Gain 4
    sparkwatch live --triggers triggers.json5      # with { type: "request", endpoint: "tcp://127.0.0.1:5560" }

Publishes the camera's frames as micromanager.py does. A trigger ends the running sequence, sets the properties and the
exposure of the second protocol, and starts a new sequence, which is a new series for the detector. The answer to the
trigger says what was changed; a repeated trigger gets the same answer and changes nothing more.

--specimen MOVIE puts the frames of a recorded movie in the place of the camera's pixels until the trigger comes, so
that the demo camera has something to show.
"""

import json

import tifffile
import zmq

import micromanager


def arguments():
    parser = micromanager.argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--triggers", default="tcp://127.0.0.1:5560", help="where to listen for triggers")
    parser.add_argument("--rule", help="act on triggers of this rule only; default: on all")
    parser.add_argument("--after-frames", type=int, default=1000, help="frames to acquire after the trigger")
    parser.add_argument("--after-exposure-ms", type=float, help="exposure after the trigger; default: as before")
    parser.add_argument("--after-property", nargs=3, action="append", default=[], metavar=("DEVICE", "NAME", "VALUE"),
                        help="device property to set on the trigger; may be repeated")
    parser.add_argument("--specimen", help="TIFF movie whose frames take the place of the camera's pixels before that")
    return parser.parse_args()


class TriggerSocket:
    """A REP socket that answers every trigger once it has been acted on."""

    def __init__(self, options):
        self.socket = zmq.Context.instance().socket(zmq.REP)
        self.socket.linger = 1000
        self.socket.bind(options.triggers)
        self.rule = options.rule
        self.answers = {}

    def next(self):
        """The next trigger that wants an answer of ours; None if there is none."""
        while self.socket.poll(0):
            try:
                trigger = json.loads(self.socket.recv())
                known = self.answers.get(trigger["trigger_id"])
            except (ValueError, TypeError, KeyError):
                self.socket.send_json({"ok": False, "error": "this is no trigger"})
                continue
            if known is not None:
                self.socket.send_json(known)
            elif self.rule not in (None, trigger.get("rule")):
                self.answer(trigger, {"ok": True, "acted": False})
            else:
                return trigger
        return None

    def answer(self, trigger, answer):
        self.answers[trigger["trigger_id"]] = answer
        self.socket.send_json(answer)


def change_protocol(core, options):
    """Apply the second protocol; the answer tells what the core says of itself afterwards."""
    for device, name, value in options.after_property:
        core.setProperty(device, name, value)
    if options.after_exposure_ms:
        core.setExposure(options.after_exposure_ms)
    properties = {f"{device}-{name}": core.getProperty(device, name) for device, name, _ in options.after_property}
    return {"ok": True, "acted": True, "exposure_ms": core.getExposure(), "properties": properties}


def main():
    options = arguments()
    specimen = tifffile.imread(options.specimen) if options.specimen else None
    core = micromanager.open_microscope(options)
    socket = micromanager.open_publisher(options)
    triggers = TriggerSocket(options)
    arrived = []

    def first_trigger():
        trigger = triggers.next()
        if trigger:
            arrived.append(trigger)
        return bool(arrived)

    def decline():
        trigger = triggers.next()
        if trigger:
            triggers.answer(trigger, {"ok": True, "acted": False})
        return False

    report = {"frames_before": micromanager.acquire(core, socket, options, first_trigger, specimen)}
    if arrived:
        report["trigger"] = arrived[0]
        report["changed"] = change_protocol(core, options)
        triggers.answer(arrived[0], report["changed"])
        options.frames = options.after_frames
        report["frames_after"] = micromanager.acquire(core, socket, options, decline)
    print(json.dumps(report))
    socket.close()


if __name__ == "__main__":
    main()
