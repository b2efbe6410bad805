"""Small made-up recordings whose answers are known."""
import json

import latency
import live


def recording(tmp_path, name, waves, frames=1000, lines=()):
    journal = tmp_path / f"{name}_events.jsonl"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    style = {"calibration": {"frame_interval_milliseconds": 10.0}, "frame_count": frames,
             "size": {"height": 64, "width": 512}}
    (tmp_path / f"{name}_events.json").write_text(json.dumps({"style": style, "events": waves}))
    return journal


def wave(onset, end, width=200):
    return {"class": "wave", "truth": {"onset_frame": onset}, "end_frame": end, "box": [0, 0, 20, width - 1]}


def fired(frame, start, trigger_id="t"):
    return {"topic": "trigger.fired", "frame_newest": frame, "frame_start": start, "trigger_id": trigger_id}


def test_waves_are_counted_matched_and_timed(tmp_path):
    journal = recording(tmp_path, "01", [
        wave(100, 300), wave(400.5, 600), wave(700, 800), wave(860, 900, width=60), wave(980, 999),
    ])
    report = latency.with_waves({journal: [fired(440, 400), fired(460, 410), fired(150, 101), fired(650, 640), fired(730, 500)]}, [journal])
    assert report["waves"] == 2
    assert report["detected"] == 1 and report["wait_ms"] == {"median": 395.0, "worst": 395.0, "count": 1}
    assert report["missed"] == [{"recording": "01_events", "onset_frame": 700}]
    assert report["further_triggers_of_detected_waves"] == 1
    # 730 begins before the wave that it falls into. 150 is due to a wave that does not count, 650 to none.
    assert report["false"] == [{"recording": "01_events", "frame": 650}]


def test_every_trigger_without_waves_is_false(tmp_path):
    journal = recording(tmp_path, "02", [], frames=6000)
    report = latency.without_waves({journal: [fired(40, 30), {"topic": "trigger.suppressed"}]}, [journal])
    assert report["minutes"] == 1.0
    assert report["false"] == [{"recording": "02_events", "frame": 40}]


def test_provisional_events_are_counted_by_their_end(tmp_path):
    lines = [
        {"state": "provisional", "rev": 1}, {"state": "provisional", "rev": 2}, {"state": "provisional", "rev": 1},
        {"state": "retracted", "reason": "merged"},
        {"state": "final", "event_type": "wave", "lead_ms": 700.0}, {"state": "final", "event_type": "wave"},
    ]
    report = latency.provisional([recording(tmp_path, "03", [], lines=lines)])
    assert (report["announced"], report["confirmed"], report["merged"]) == (2, 1, 1)
    assert report["lead_ms"]["median"] == 700.0


def test_live_triggers_are_split():
    messages = [
        {"topic": "series.start", "frame_interval_ms": 10.0},
        {**fired(440, 401, "a"), "t_ready_ns": 1_000_000_000, "t_fired_ns": 1_090_000_000},
        {"topic": "trigger.action", "trigger_id": "a", "outcome": "acknowledged", "elapsed_ms": 1.5},
        {"topic": "series.end", "rtf": 2.0, "overflow": 0},
    ]
    report = live.summary(messages, [wave(400, 600), wave(700, 800)], latency.triggers_of)
    assert report["triggers"] == [{"wait_ms": 400.0, "compute_ms": 90.0, "transport_ms": 1.5, "total_ms": 491.5}]
    assert report["waves"] == 2 and report["frames_lost"] == 0


def test_the_action_is_added_to_the_shipped_rules():
    rules = (latency.ROOT / "Config/triggers.json5").read_text()
    assert 'actions: [ { type: "request", endpoint: "tcp://here:1"' in live.with_action(rules, "tcp://here:1")
