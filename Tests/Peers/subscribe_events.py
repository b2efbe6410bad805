"""Receive published messages with pyzmq until so many series have ended and a heartbeat has followed, or until Ctrl-C.

Prints them as one JSON list; says "receiving" on standard error with the first message and "event" with the first event.
"""

import json
import signal
import sys
import time

import zmq
import zmq.auth


def main():
    endpoint, series_count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    socket = zmq.Context.instance().socket(zmq.SUB)
    if len(sys.argv) > 4:
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(sys.argv[4])
        socket.curve_serverkey, _ = zmq.auth.load_certificate(sys.argv[5])
    socket.subscribe(b"")
    socket.connect(endpoint)
    messages, ended, topic, deadline = [], 0, b"", time.monotonic() + seconds
    interrupted = []
    signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # the parent may have blocked it
    has_event = False
    while (ended < series_count or topic != b"hb") and time.monotonic() < deadline and not interrupted:
        if not socket.poll(200):
            continue
        topic, body = socket.recv_multipart()
        message = json.loads(body)
        assert message["topic"] == topic.decode()
        if not messages:
            print("receiving", file=sys.stderr, flush=True)
        if topic.startswith(b"event.") and topic.endswith(b".final") and not has_event:
            print("event", file=sys.stderr, flush=True)
            has_event = True
        messages.append(message)
        ended += topic == b"series.end"
    json.dump(messages, sys.stdout)


main()
