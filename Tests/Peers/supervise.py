"""Be systemd to a program: listen on its notify socket, restart it when it dies; print what it told as JSON.

    supervise.py SECONDS WATCHDOG_SECONDS PROGRAM ARGUMENTS ...

The first instance is killed (-9) two seconds after it said READY=1, the second one stopped (SIGSTOP) as long after; the
run ends SECONDS after the start. For each instance: seconds to READY=1, from the kill of the one before if there was
one; how often WATCHDOG=1 came; seconds from its last WATCHDOG=1 to the end.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time


def main():
    seconds, watchdog, program = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        listener.settimeout(0.05)
        environment = os.environ | {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(int(watchdog * 1e6))}
        end, instances, began = time.monotonic() + seconds, [], time.monotonic()
        while time.monotonic() < end and len(instances) < 3:
            process = subprocess.Popen(program, env=environment)
            instance = {"ready": None, "watchdogs": 0, "silent": None, "states": []}
            instances.append(instance)
            ready = last = None
            while process.poll() is None and time.monotonic() < end:
                try:
                    told = listener.recv(4096).decode()
                except TimeoutError:
                    told = ""
                now = time.monotonic()
                for line in told.splitlines():
                    name, _, value = line.partition("=")
                    if name == "READY":
                        ready, instance["ready"] = now, now - began
                    elif name == "WATCHDOG":
                        last, instance["watchdogs"] = now, instance["watchdogs"] + 1
                    elif name == "STATUS":
                        instance["states"].append(value)
                if ready and now - ready > 2 and len(instances) == 1:
                    began = time.monotonic()
                    process.send_signal(signal.SIGKILL)
                if ready and now - ready > 2 and len(instances) == 2:
                    process.send_signal(signal.SIGSTOP)
                    # What systemd does when the watchdog is not heard.
                    if last and now - last > watchdog:
                        instance["silent"] = now - last
                        began = time.monotonic()
                        process.send_signal(signal.SIGKILL)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait()
        for instance in instances:
            instance["states"] = instance["states"][-1:]
        print(json.dumps(instances))


main()
