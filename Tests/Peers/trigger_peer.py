"""Receive triggers as a rig would; print "ready", then what came as one JSON list when enough is there.

    trigger_peer.py rep ENDPOINT COUNT IGNORED    a ZeroMQ socket for requests; the first IGNORED of them get no answer
    trigger_peer.py rep ENDPOINT COUNT IGNORED SECRET ALLOWED   the same with the key in the file SECRET, for those whose keys lie
                                                                in the folder ALLOWED
    trigger_peer.py http PORT COUNT IGNORED       a web server; the first IGNORED requests get status 503
    trigger_peer.py serial PATH COUNT IGNORED     a board behind a pseudo-terminal that PATH leads to; it swallows IGNORED lines
"""

import http.server
import json
import os
import sys
import tty

import zmq
import zmq.auth
import zmq.auth.thread


def rep(endpoint, count, ignored, secret=None, allowed=None):
    """A ROUTER socket speaks to REQ sockets like REP, and may leave a request unanswered."""
    socket, received = zmq.Context.instance().socket(zmq.ROUTER), []
    socket.linger = 1000
    if secret:
        authenticator = zmq.auth.thread.ThreadAuthenticator(zmq.Context.instance())
        authenticator.start()
        authenticator.configure_curve(domain="*", location=allowed)
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(secret)
        socket.curve_server = True
    socket.bind(endpoint)
    print("ready", flush=True)
    while len(received) < count + ignored:
        sender, empty, request = socket.recv_multipart()
        received.append(request.decode())
        if len(received) > ignored:
            socket.send_multipart([sender, empty, json.dumps({"ok": True}).encode()])
    socket.close()
    if secret:
        authenticator.stop()
    zmq.Context.instance().term()
    return received


def web(port, count, ignored):
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append({"path": self.path, "id": self.headers["Idempotency-Key"], "body": json.loads(body)})
            self.send_response(503 if len(received) <= ignored else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", port), Handler)
    print("ready", flush=True)
    while len(received) < count + ignored:
        server.handle_request()
    return received


def board(path, count, ignored):
    board_side, computer_side = os.openpty()
    tty.setraw(computer_side)
    os.symlink(os.ttyname(computer_side), path)
    print("ready", flush=True)
    received, rest = [], b""
    while len(received) < count + ignored:
        rest += os.read(board_side, 100)
        while b"\n" in rest:
            line, rest = rest.split(b"\n", 1)
            received.append(line.decode())
            if len(received) > ignored:
                os.write(board_side, f"OK {line.decode()}\r\n".encode())
    return received


kind, place, count, ignored, *keys = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:]
play = {"rep": rep, "http": lambda port, *counts: web(int(port), *counts), "serial": board}[kind]
json.dump(play(place, count, ignored, *keys), sys.stdout)
