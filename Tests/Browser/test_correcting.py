"""Events are rejected and retyped on the live page, and what becomes of that: messages, rates, tables, the review later."""

import csv
import json
import subprocess

from conftest import BINARIES, PATIENCE_S, Page, wait_for


def counted(page):
    """Events of all classes in all phases, by the table of rates."""
    counts = page.tab.eval_on_selector_all("#phases tr.phase td[data-events]", "cells => cells.map(cell => cell.dataset.events)")
    return sum(map(int, counts))


def row(event_id):
    return f'#events tr[data-id="{event_id}"]'


def classes_of(page, event_id):
    return page.tab.get_attribute(row(event_id), "class") or ""


def test_events_are_corrected_by_key_and_mouse_and_stay_so(rig, chromium, recording, tmp_path):
    rig.detect("--record", tmp_path / "recordings", "--reviewer", "bea", "--provisional", "off")
    page = Page(chromium, rig.address, height=1100)
    rig.start("sparksim", "play", recording, "--bind", rig.frames, "--wait-for-subscriber", "--wait", PATIENCE_S)
    wait_for(lambda: rig.messages("series.end"), "the end of the recording")
    events = rig.final_events()
    sparks = [event["event_id"] for event in events if event["event_type"] == "spark"]
    assert len(sparks) > 3
    rejected, retyped, restored = sparks[-3:]
    wait_for(lambda: {rejected, retyped, restored} <= page.event_ids(), "the events in the list")
    wait_for(lambda: counted(page) == len(events), "all events in the rates")

    # A row is chosen, one key: it is none. Once more: it is one. Once more: it is none.
    page.tab.click(row(rejected))
    for wanted, count in ((True, 1), (False, 2), (True, 3)):
        page.press("d")
        wait_for(lambda: len(rig.messages("correction")) == count, "the correction is published")
        wait_for(lambda: ("rejected" in classes_of(page, rejected)) == wanted, "the list shows it")
    wait_for(lambda: counted(page) == len(events) - 1, "the rates count it no more")
    page.press("Escape")

    # No row is chosen, the pointer is on one.
    page.tab.hover(row(retyped))
    page.press("3")
    wait_for(lambda: "was spark" in page.text(row(retyped)), "the row tells its former class")
    assert counted(page) == len(events) - 1

    # By mouse alone.
    page.tab.click(f"{row(restored)} button[data-reject]")
    wait_for(lambda: "rejected" in classes_of(page, restored), "the list shows it")
    page.tab.click(f"{row(restored)} button[data-reject]")
    wait_for(lambda: "rejected" not in classes_of(page, restored), "it is one after all")
    page.tab.click(row(restored))
    page.tab.click('#verdicts [data-verdict="wave"]')
    wait_for(lambda: "was spark" in page.text(row(restored)), "the row tells its former class")
    page.tab.click('#verdicts [data-verdict="spark"]')
    wait_for(lambda: "was spark" not in page.text(row(restored)), "as it was found")

    told = rig.messages("correction")
    assert [message["action"] for message in told] == [
        "reject", "restore", "reject", "retype", "reject", "restore", "retype", "restore"]
    assert {message["reviewer"] for message in told} == {"bea"}
    assert told[3]["event_type"] == "puff" and told[3]["event_type_found"] == "spark" and told[2]["event_type"] is None

    # What is no event, or nonsense, changes nothing and harms nobody.
    for command in ({"action": "reject", "event_id": "0" * 12 + "-999999"}, {"action": "reject", "event_id": "x" * 100},
                    {"action": "retype", "event_id": retyped, "event_type": "undefined"}, {"action": "erase", "event_id": retyped}):
        page.tab.evaluate(
            "text => new Promise(done => { const socket = new WebSocket(`ws://${location.host}/live${location.search}`);"
            " socket.onopen = () => { socket.send(text); setTimeout(() => { socket.close(); done(); }, 200); }; })",
            json.dumps({"command": "correct"} | command))
    assert len(rig.messages("correction")) == len(told)

    # Who comes later sees it as well.
    page.tab.reload()
    wait_for(lambda: rejected in page.event_ids() and "rejected" in classes_of(page, rejected), "the page after a reload")
    assert "was spark" in page.text(row(retyped))
    page.close()

    # The tables of the run go by it.
    assert rig.stop(rig.detector) in (0, 1)
    table, = [path for path in (tmp_path / "live").glob("sparkwatch-*.csv") if not path.stem.endswith(("_cells", "_sites"))]
    with open(table, newline="") as file:
        types = {row["event_id"]: row["event_type"] for row in csv.DictReader(file)}
    assert rejected not in types and types[retyped] == "puff" and types[restored] == "spark"
    assert len(types) == len(events) - 1
    said = (tmp_path / "sparkwatch-0.txt").read_text()
    assert "corrected  3 rejected, 2 retyped, 3 restored at the page" in said

    # So does the review of the recording, once.
    run("certify", tmp_path / "live", tmp_path / "recordings")
    certified = tmp_path / "live" / "certified"
    for _ in range(2):
        run("review", certified, "--reviewer", "bea", "--write")
        verdicts = json.loads(next((certified / "reviewed-bea").glob("*_reviewed.json")).read_text())["events"]
        assert verdicts["deleted"] == 1 and verdicts["corrected"] == 1
        lines = [json.loads(line) for line in next(certified.glob("*_review.jsonl")).read_text().splitlines()]
        taken = [line for line in lines if "live_event" in line]
        assert {line["live_event"]: line["action"] for line in taken} == {rejected: "delete", retyped: "retype"}
        assert len(taken) == 2 and {line["reviewer"] for line in taken} == {"bea"}
    run("review", certified, "--reviewer", "carl", "--write")
    verdicts = json.loads(next((certified / "reviewed-carl").glob("*_reviewed.json")).read_text())["events"]
    assert set(verdicts) == {"open"}


def run(*words):
    result = subprocess.run([str(word) for word in (BINARIES / "sparkwatch", *words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
