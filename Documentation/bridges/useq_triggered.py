#!/usr/bin/env python3
"""Let Sparkwatch put events into a running acquisition of pymmcore-plus.

    pip install pymmcore-plus pyzmq
    python useq_triggered.py --event '{"exposure": 20, "channel": {"config": "Cy5"}}'
    sparkwatch live --triggers triggers.json5      # with { type: "request", endpoint: "tcp://127.0.0.1:5560" }

The acquisition engine waits for useq-schema events. A trigger puts the given ones (MDAEvent as JSON, one --event each, in their
order) into its queue; `metadata` of each holds the trigger. The answer comes when the engine has begun with the first of them:
it says which were put in. A repeated trigger gets the same answer and puts nothing in. Ctrl-C, or --stop-after triggers, ends
the acquisition when its queue is empty.
"""

import argparse
import json
import queue
import sys
import threading

import pymmcore_plus
import useq
import zmq


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", help="system configuration of Micro-Manager; default: the demo devices")
    parser.add_argument("--triggers", default="tcp://127.0.0.1:5560", help="where to listen for triggers")
    parser.add_argument("--rule", help="act on triggers of this rule only; default: on all")
    parser.add_argument("--event", action="append", required=True, metavar="JSON",
                        help="useq.MDAEvent to carry out on a trigger; may be repeated")
    parser.add_argument("--patience-s", type=float, default=5, help="how long the engine may take to begin, in seconds")
    parser.add_argument("--stop-after", type=int, default=0, help="triggers after which to end; 0: Ctrl-C")
    options = parser.parse_args()
    try:
        options.event = [useq.MDAEvent.model_validate_json(text) for text in options.event]
    except ValueError as error:
        sys.exit(f"--event is no useq.MDAEvent: {error}")
    return options


class Acquisition:
    """An engine that carries out what is put into its queue."""

    def __init__(self, config):
        self.core = pymmcore_plus.CMMCorePlus()
        try:
            self.core.loadSystemConfiguration(config or "MMConfig_demo.cfg")
        except (OSError, RuntimeError) as error:
            sys.exit(f"cannot load {config or 'MMConfig_demo.cfg'}: {error}")
        self.events = queue.Queue()
        self.begun, self.frames = {}, []
        self.core.mda.events.eventStarted.connect(self.has_begun)
        self.core.mda.events.frameReady.connect(lambda image, event: self.frames.append(event.metadata["trigger_id"]))
        self.thread = self.core.run_mda(iter(self.events.get, None))

    def has_begun(self, event):
        self.begun.setdefault(event.metadata["trigger_id"], threading.Event()).set()

    def put(self, trigger, events, patience_s):
        """Put events in; the answer to the trigger."""
        identifier = trigger["trigger_id"]
        begun = self.begun.setdefault(identifier, threading.Event())
        for index, event in enumerate(events):
            note = {**event.metadata, "trigger_id": identifier, "rule": trigger.get("rule")}
            self.events.put(event.replace(index={"t": index}, metadata=note))
        if not begun.wait(patience_s):
            return {"ok": False, "error": f"the engine has not begun within {patience_s} s; the events wait"}
        return {"ok": True, "acted": True, "events": len(events)}

    def finish(self):
        self.events.put(None)
        self.thread.join()


def main():
    options = arguments()
    acquisition = Acquisition(options.config)
    socket = zmq.Context.instance().socket(zmq.REP)
    socket.linger = 1000
    socket.bind(options.triggers)
    print("ready", flush=True)
    answers = {}
    try:
        while not options.stop_after or len(answers) < options.stop_after:
            try:
                trigger = json.loads(socket.recv())
                identifier = trigger["trigger_id"]
            except (ValueError, TypeError, KeyError):
                socket.send_json({"ok": False, "error": "this is no trigger"})
                continue
            if identifier not in answers:
                is_wanted = options.rule in (None, trigger.get("rule"))
                answers[identifier] = (acquisition.put(trigger, options.event, options.patience_s) if is_wanted
                                       else {"ok": True, "acted": False})
            socket.send_json(answers[identifier])
    except KeyboardInterrupt:
        pass
    acquisition.finish()
    socket.close()
    print(json.dumps({"triggers": len(answers), "frames": acquisition.frames}))


if __name__ == "__main__":
    main()
