"""Connect to a listening CURVE socket in every way that must fail, and in those that must work; print what happened.

    try_keys.py EVENTS MARKS SERVER_PUBLIC CLIENT_SECRET UNKNOWN_SECRET

Keys are files as `zmq.auth` reads them. Each way has two seconds to receive an event message and an answer to a mark.
"""

import json
import sys
from pathlib import Path

import zmq
import zmq.auth

PATIENCE_MS = 2000


def attempt(context, endpoints, prepare):
    """Whether a subscriber hears something, and a request is answered."""
    events, marks = endpoints
    subscriber, requester = context.socket(zmq.SUB), context.socket(zmq.REQ)
    for socket in (subscriber, requester):
        socket.linger = 0
        socket.setsockopt(zmq.RECONNECT_IVL, 500)
        prepare(socket)
    subscriber.subscribe(b"")
    subscriber.connect(events)
    requester.connect(marks)
    requester.send_string("a mark")
    heard = bool(subscriber.poll(PATIENCE_MS)) and len(subscriber.recv_multipart()) == 2
    answered = bool(requester.poll(PATIENCE_MS if heard else 200)) and requester.recv_json()["ok"]
    subscriber.close()
    requester.close()
    return {"heard": heard, "answered": bool(answered)}


def main():
    events, marks, server_file, client_file, unknown_file = sys.argv[1:]
    server, no_secret = zmq.auth.load_certificate(server_file)
    assert no_secret is None
    client, unknown = zmq.auth.load_certificate(client_file), zmq.auth.load_certificate(unknown_file)
    other_server, _ = zmq.curve_keypair()

    def curve(pair, server_key):
        def prepare(socket):
            socket.curve_publickey, socket.curve_secretkey = pair
            socket.curve_serverkey = server_key

        return prepare

    def plain(socket):
        socket.plain_username, socket.plain_password = b"admin", b"secret"

    def stolen(socket):
        """The public key of somebody who is allowed, with a secret key of our own."""
        socket.curve_publickey, socket.curve_secretkey = client[0], zmq.curve_keypair()[1]
        socket.curve_serverkey = server

    ways = {
        "null": lambda socket: None,
        "plain": plain,
        "unknown": curve(unknown, server),
        "wrong_server": curve(client, other_server),
        "stolen": stolen,
        "as_server": lambda socket: (
            setattr(socket, "curve_secretkey", client[1]),
            setattr(socket, "curve_server", True),
        ),
        "allowed": curve(client, server),
    }
    context = zmq.Context()
    results = {name: attempt(context, (events, marks), prepare) for name, prepare in ways.items()}
    # Whoever is let in after a crowd of strangers.
    results["allowed_again"] = attempt(context, (events, marks), ways["allowed"])
    assert Path(client_file).stat().st_mode & 0o777 == 0o600
    print(json.dumps(results))


main()
