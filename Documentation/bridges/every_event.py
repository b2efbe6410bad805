#!/usr/bin/env python3
"""Keep every event of Sparkwatch in a file, whatever is restarted or cut off meanwhile.

    sparkwatch live --catch-up tcp://127.0.0.1:5559 ...
    python every_event.py --output events.jsonl

The subscription says only that there is something new; what it is comes from the journal, by the catch-up endpoint:
after a message that was missed as after one that was heard. How far we are stands in the file itself, in its last
line, so that an event is written once and only once even if this program or the detector is killed at any moment.
"""

import argparse
import json
import os
import sys

import zmq
import zmq.auth

PATIENCE_MS = 2000


class CatchUp:
    """Asks for pages of the journal; after silence again, on a new socket."""

    def __init__(self, endpoint, secure):
        self.endpoint, self.secure, self.socket = endpoint, secure, None

    def ask(self, request):
        """The head of the answer and the messages; None if nobody answers."""
        if self.socket is None:
            self.socket = self.secure(zmq.Context.instance().socket(zmq.REQ))
            self.socket.linger = 0
            self.socket.connect(self.endpoint)
        self.socket.send_json(request)
        if not self.socket.poll(PATIENCE_MS):
            self.socket.close()
            self.socket = None
            return None
        head, *messages = self.socket.recv_multipart()
        return json.loads(head), messages


class Output:
    """A file of JSON lines; each holds an event, its run and its number."""

    def __init__(self, path):
        self.file = open(path, "ab+")
        self.run, self.after = None, 0
        self.file.seek(0)
        complete = 0
        for line in self.file:
            if not line.endswith(b"\n"):
                break  # the program died while it wrote this line: the event will come again
            complete += len(line)
            place = json.loads(line)
            self.run, self.after = place["run"], place["event"]["message_num"]
        self.file.truncate(complete)

    def write(self, run, events):
        for event in events:
            self.file.write(json.dumps({"run": run, "event": json.loads(event)}).encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())


def catch_up(source, output, place, topics):
    """Takes everything that is there; the place after it."""
    run, after = place
    while True:
        answer = source.ask({"run": run, "after": after, "topics": topics})
        if answer is None:
            return run, after
        head, messages = answer
        if not head["ok"]:
            oldest = head.get("oldest_run")
            if oldest is None or oldest == run:
                return run, after  # nothing is written yet, or the disk fails
            print(f"{head['error']}: what it held is lost; going on with {oldest}", file=sys.stderr)
            run, after = oldest, 0
            continue
        if messages:
            output.write(head["run"], messages)
        run, after = head["run"], head["after"]
        if not head["more"]:
            if not head.get("next_run"):
                return run, after
            run, after = head["next_run"], 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", default="tcp://127.0.0.1:5556")
    parser.add_argument("--catch-up", default="tcp://127.0.0.1:5559")
    parser.add_argument("--output", default="events.jsonl")
    parser.add_argument("--from-run", default="oldest", help="journal to begin with, for an empty output")
    parser.add_argument("--key", help="file with our secret key, if the detector asks for one")
    parser.add_argument("--server-key", help="file with the detector's public key")
    options = parser.parse_args()

    def secure(socket):
        if options.key:
            socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(options.key)
            socket.curve_serverkey, _ = zmq.auth.load_certificate(options.server_key)
        return socket

    subscriber = secure(zmq.Context.instance().socket(zmq.SUB))
    subscriber.subscribe(b"event.")
    subscriber.connect(options.events)
    source, output = CatchUp(options.catch_up, secure), Output(options.output)
    place = (output.run or options.from_run, output.after)
    # Final events; provisional ones and retractions have topics of their own.
    topics = ["event.spark.final", "event.puff.final", "event.wave.final"]
    while True:
        place = catch_up(source, output, place, topics)
        # Whether we hear something or not, we look again: the subscription may be what was cut off.
        if subscriber.poll(PATIENCE_MS):
            subscriber.recv_multipart()
            while subscriber.poll(0):
                subscriber.recv_multipart()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
