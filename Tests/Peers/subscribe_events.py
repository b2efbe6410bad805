"""Receive published messages with pyzmq until so many series have ended, or until Ctrl-C; print them as one JSON list.

Says "receiving" on standard error when the first message is there.
"""

import json
import signal
import sys
import time

import zmq


def main():
    endpoint, series_count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.subscribe(b"")
    socket.connect(endpoint)
    messages, ended, deadline = [], 0, time.monotonic() + seconds
    interrupted = []
    signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # the parent may have blocked it
    while ended < series_count and time.monotonic() < deadline and not interrupted:
        if not socket.poll(200):
            continue
        topic, body = socket.recv_multipart()
        message = json.loads(body)
        assert message["topic"] == topic.decode()
        if not messages:
            print("receiving", file=sys.stderr, flush=True)
        messages.append(message)
        ended += topic == b"series.end"
    json.dump(messages, sys.stdout)


main()
