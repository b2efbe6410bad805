"""Plays a recording into the detector in real time and acknowledges its triggers."""
import json
import subprocess
import threading
import time

import zmq

PATIENCE_S = 120


def measure(options, journal, folder, waves, triggers_of):
    """Compute and transport times of the triggers of one recording."""
    folder.mkdir(parents=True, exist_ok=True)
    movie = journal.with_name(journal.name.replace("_events.jsonl", "_video.tif"))
    context = zmq.Context.instance()
    peer = context.socket(zmq.REP)
    peer.linger = 0
    port = peer.bind_to_random_port("tcp://127.0.0.1")
    rules = folder / "rules.json5"
    rules.write_text(with_action(options.rules.read_text(), f"tcp://127.0.0.1:{port}"))
    frames, events = free_endpoint(context), free_endpoint(context)
    subscriber = context.socket(zmq.SUB)
    subscriber.linger = 0
    subscriber.subscribe(b"")
    subscriber.connect(events)
    detector = subprocess.Popen(
        [str(word) for word in (
            options.binaries / "sparkwatch", "live", "--frames", frames, "--events", events, "--triggers", rules,
            "--output", folder, "--series-count", 1, "--no-status", "--ring-frames", 4096,
            *(["--threads", options.threads] if options.threads else []))],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop = threading.Event()
    server = threading.Thread(target=acknowledge, args=(peer, stop))
    server.start()
    # The first heartbeat tells that we are subscribed; what is published earlier nobody hears.
    subscriber.poll(1000 * PATIENCE_S)
    player = subprocess.Popen(
        [str(options.binaries / "sparksim"), "play", str(movie), "--bind", frames, "--wait-for-subscriber",
         "--wait", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    messages = collect(subscriber)
    player.wait()
    detector.wait()
    stop.set()
    server.join()
    return {"recording": journal.stem, **summary(messages, waves, triggers_of)}


def with_action(rules, endpoint):
    """The rules with a request to `endpoint` as the first action."""
    action = f'{{ type: "request", endpoint: "{endpoint}", timeoutMs: 2000 }},'
    if "actions: [" not in rules:
        raise SystemExit("the rules need a list of actions to measure with")
    return rules.replace("actions: [", "actions: [ " + action, 1)


def free_endpoint(context):
    socket = context.socket(zmq.PUB)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    socket.close(0)
    return f"tcp://127.0.0.1:{port}"


def acknowledge(peer, stop):
    while not stop.is_set():
        if peer.poll(50):
            peer.recv()
            peer.send(b'{"ok":true}')
    peer.close()


def collect(subscriber):
    """All messages until the series ends; actions may follow the end by a moment."""
    messages, deadline = [], time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not subscriber.poll(500):
            if messages and messages[-1]["topic"] == "series.end":
                break
            continue
        messages.append(json.loads(subscriber.recv_multipart()[1]))
        if messages[-1]["topic"] == "hb" and any(message["topic"] == "series.end" for message in messages):
            break
    return messages


def summary(messages, waves, triggers_of):
    """The first trigger of every wave, split into waiting, computing and transport."""
    acknowledged = {
        message["trigger_id"]: message["elapsed_ms"] for message in messages
        if message["topic"] == "trigger.action" and message["outcome"] == "acknowledged"
    }
    start = next(message for message in messages if message["topic"] == "series.start")
    end = next((message for message in messages if message["topic"] == "series.end"), {})
    fired = [message for message in messages if message["topic"] == "trigger.fired"]
    triggers = []
    for wave in waves:
        onset = wave["truth"]["onset_frame"]
        own = triggers_of(wave, fired)
        if not own or own[0]["trigger_id"] not in acknowledged:
            continue
        wait = (own[0]["frame_newest"] - onset) * start["frame_interval_ms"]
        compute = (own[0]["t_fired_ns"] - own[0]["t_ready_ns"]) / 1e6
        transport = acknowledged[own[0]["trigger_id"]]
        triggers.append({
            "wait_ms": round(wait, 1), "compute_ms": round(compute, 1), "transport_ms": round(transport, 2),
            "total_ms": round(wait + compute + transport, 1),
        })
    return {"waves": len(waves), "triggers": triggers, "real_time_factor": end.get("rtf"),
            "frames_lost": end.get("overflow")}
