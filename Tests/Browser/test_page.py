"""What the page shows and what can be done on it."""

import re
import time

import pytest
import zmq

from conftest import Page, wait_for


@pytest.fixture
def page(rig, chromium, recording):
    rig.detect()
    page = Page(chromium, rig.address)
    rig.play(recording)
    wait_for(lambda: rig.messages("series.start"), "the series starts")
    yield page
    page.close()


def phase_events(page):
    """Events of all classes in all phases of all recordings."""
    counts = page.tab.eval_on_selector_all("#phases tr.phase td[data-events]", "cells => cells.map(cell => cell.dataset.events)")
    return sum(map(int, counts))


def lists_what_was_published(rig, page):
    """Whether the list has, a second later, the newest of the events that are published now; it holds 150 rows."""
    expected = {event["event_id"] for event in rig.final_events()[-100:]}
    time.sleep(1)
    return expected <= page.event_ids()


def test_a_run_is_shown_and_can_be_looked_back_upon(rig, page):
    # The picture moves.
    first = wait_for(lambda: page.number("shownFrame"), "a picture")
    picture = page.picture("#image")
    wait_for(lambda: page.number("shownFrame") > first, "the next picture")
    wait_for(lambda: page.picture("#image") != picture, "another picture")

    # Every published event is listed, and waves raise the alarm.
    wait_for(lambda: [event for event in rig.final_events() if event["event_type"] == "wave"], "a wave")
    # Not for long: an event that is missing stays among the newest until then.
    wait_for(lambda: lists_what_was_published(rig, page), "the events that were published", seconds=20)
    wait_for(lambda: page.tab.is_visible("#alarm"), "the alarm")
    assert "WAVE" in page.text("#alarm") and "WAVE" in page.tab.title()
    page.press("Enter")
    assert not page.tab.is_visible("#alarm")

    # Health names what computes, and nothing was lost.
    assert re.search(r"default-model\.safetensors .* threads", page.text("#device"))
    assert page.text("[data-health=missing]") == page.text("[data-health=dropped]") == "0"

    # So is how the series is recorded: a line, and every check with its limit and advice.
    wait_for(lambda: page.tab.query_selector("#doctor [data-check=light]"), "the examination")
    published = wait_for(lambda: rig.messages("examination"), "its message")[0]
    shown = page.tab.eval_on_selector_all("#doctor [data-check]", "nodes => nodes.map(node => node.dataset.check)")
    assert set(shown) == {check["name"] for check in published["checks"]} and len(shown) == 15
    assert page.text("#doctor summary").startswith("Recording: ")
    assert "photons" in page.tab.get_attribute("#doctor [data-check=light]", "title")

    # Pausing stops the picture, not the detector; arrows and slider look back. The next series would end the pause.
    wait_for(lambda: 20 < (page.number("shownFrame") or 0) < 250, "the beginning of a series")
    page.press("Space")
    shown = page.number("shownFrame")
    newest, count = page.number("newestFrame"), len(rig.final_events())
    wait_for(lambda: len(rig.final_events()) > count, "events while paused")
    assert page.number("shownFrame") == shown
    assert "Back to live" in page.text("#pause")
    page.press(*["ArrowLeft"] * 3)
    wait_for(lambda: page.number("shownFrame") < shown, "an earlier picture")
    page.tab.eval_on_selector("#scrub", "node => { node.value = node.min; node.dispatchEvent(new Event('input')); }")
    oldest = page.tab.eval_on_selector("#scrub", "node => Number(node.min)")
    wait_for(lambda: page.number("shownFrame") <= oldest + 5, "the oldest picture")
    page.press("Space")
    wait_for(lambda: (page.number("shownFrame") or 0) != oldest, "live pictures again")
    assert page.number("newestFrame") != newest


def test_an_event_shows_its_trace_and_numbers(rig, page):
    wait_for(lambda: rig.final_events(), "an event")
    event = rig.final_events()[0]
    row = f"#events tr[data-id='{event['event_id']}']"
    wait_for(lambda: page.tab.is_visible(row), "its row")
    blank = page.picture("#trace")
    page.tab.click(row)
    wait_for(lambda: page.tab.is_visible("#detail"), "the detail")
    wait_for(lambda: page.picture("#trace") != blank, "the trace")
    values = page.text("#detail-values")
    assert f"{event['frame_start']}–{event['frame_end']}" in values
    amplitude = event["params"]["amplitude_dff0"]
    assert f"{amplitude:.3g}" in values if amplitude is not None else "–" in values
    page.press("Escape")
    wait_for(lambda: not page.tab.is_visible("#detail"), "the detail is closed")


def test_marks_split_the_rates(rig, page):
    wait_for(lambda: rig.final_events(), "an event before the mark")
    page.press("m")
    page.tab.fill("#mark-label", "ISO 100 nM")
    page.press("Enter")
    mark = wait_for(lambda: rig.messages("mark"), "the mark is published")[0]
    # The recording is played again and again: a mark may fall on the first frame of one.
    assert (mark["label"], mark["origin"]) == ("ISO 100 nM", "page") and mark["frame"] >= 0 and mark["series_id"]
    wait_for(lambda: "ISO 100 nM" in page.text("#phases"), "the phase")

    # A program marks over ZeroMQ, and is told what is wrong with a bad mark.
    request = rig.context.socket(zmq.REQ)
    request.connect(f"tcp://127.0.0.1:{rig.marks_port}")
    request.send_string("washout")
    answer = request.recv_json()
    assert answer["ok"] and answer["mark"]["label"] == "washout"
    request.send_json({"mark": "x" * 100})
    assert not request.recv_json()["ok"]
    wait_for(lambda: "washout" in page.text("#phases"), "the second phase")

    # The phases hold all events, each where it began.
    counted = len(rig.final_events())
    wait_for(lambda: len(rig.final_events()) > counted, "an event behind the marks")

    def totals_agree():
        return phase_events(page) == len(rig.final_events())

    wait_for(totals_agree, "the phases add up to the published events")


def test_rules_are_disarmed_and_armed(rig, chromium, recording):
    rules = rig.folder / "rules.json5"
    rules.write_text('{ rules: [{ name: "wave", class: "wave" }, { name: "burst", class: "spark", tier: "final", armed: false }] }')
    rig.detect("--triggers", rules)
    page = Page(chromium, rig.address)
    rig.play(recording)

    # Heartbeats tell of both, before anything has happened to them.
    wait_for(lambda: page.tab.is_visible("#triggers-panel"), "the rules")
    wave, burst = (page.tab.locator(".trigger", has_text=name) for name in ("wave", "burst"))
    wait_for(lambda: "armed" in wave.inner_text() and "disarmed" in burst.inner_text(), "their states")

    wave.get_by_role("button", name="Disarm").click()
    wait_for(lambda: rig.messages("trigger.disarmed"), "the change, published")
    assert rig.messages("trigger.disarmed")[-1]["rule"] == "wave"
    wait_for(lambda: "disarmed" in wave.inner_text(), "the change, shown")
    burst.get_by_role("button", name="Arm").click()
    wait_for(lambda: [message["rule"] for message in rig.messages("trigger.armed")] == ["burst"], "the other")
    wait_for(lambda: burst.get_by_role("button", name="Disarm").count() == 1, "its button")
    page.close()


def test_the_course_of_a_trigger_is_shown(rig, chromium, recording):
    rules = rig.folder / "rules.json5"
    rules.write_text('''{ rules: [{ name: "any", class: ["spark", "puff", "wave"], tier: "final",
        actions: [{ type: "command", program: "/bin/true" }] }] }''')
    rig.detect("--triggers", rules)
    page = Page(chromium, rig.address)
    rig.play(recording)
    steps = r"onset 0 → seen (\d+) → decided (\d+) → sent (\d+) → acknowledged (\d+) ms"
    course = page.tab.locator(".trigger .course")
    times = wait_for(lambda: course.count() and re.fullmatch(steps, course.inner_text()), "the course")
    times = [int(time) for time in times.groups()]
    assert times == sorted(times) and times[0] > 0
    page.close()


def test_sound_plays_what_is_found(rig, page):
    page.tab.click("#sound")
    wait_for(lambda: "on" in page.text("#sound"), "sound")
    wait_for(lambda: (page.number("soundsPlayed") or 0) > 0, "a sound")


def test_the_page_comes_back_when_the_detector_does(rig, page, recording):
    wait_for(lambda: page.number("shownFrame"), "a picture")
    rig.stop(rig.detector)
    wait_for(lambda: "RUN ENDED" in page.text("#state"), "the loss is shown")
    restarted_ns = time.time_ns()
    rig.detect()
    wait_for(lambda: page.text("#state") not in ("RUN ENDED", "CONNECTION LOST"), "the page is back")

    def new_events():
        return {event["event_id"] for event in rig.final_events() if event["t_pub_ns"] > restarted_ns}

    expected = wait_for(new_events, "an event of the new run")
    wait_for(lambda: expected <= page.event_ids(), "the events of the new run")
    shown = page.number("shownFrame")
    wait_for(lambda: page.number("shownFrame") != shown, "moving pictures")


def test_a_page_that_comes_after_the_end_of_a_series_shows_it(rig, chromium, recording):
    rig.detect()
    rig.play(recording, "--loop", 1)
    wait_for(lambda: rig.messages("series.end"), "the end of the series")
    page = Page(chromium, rig.address)
    wait_for(lambda: page.number("shownFrame"), "its last picture")
    expected = {event["event_id"] for event in rig.final_events()[-100:]}
    wait_for(lambda: expected <= page.event_ids(), "its events")
    page.close()


@pytest.mark.parametrize("width, height", [(1280, 720), (1920, 1080), (390, 844)])
def test_the_chosen_event_is_legible_on_every_screen(rig, chromium, recording, width, height):
    rig.detect()
    page = Page(chromium, rig.address, width, height)
    rig.play(recording)
    row = "#events tr[data-id]"
    wait_for(lambda: rig.final_events() and page.tab.query_selector(row), "an event")
    page.tab.click(row)
    wait_for(lambda: page.tab.is_visible("#detail-values dd"), "its values")
    # No value is cut off at the side, and the list of values has room for some lines.
    cut = page.tab.eval_on_selector_all("#detail-values dd", "cells => cells.filter(c => c.scrollWidth > c.clientWidth + 1).length")
    box = page.tab.query_selector("#detail-values").bounding_box()
    aside = page.tab.query_selector("#events-panel").bounding_box()
    assert cut == 0 and box["x"] + box["width"] <= aside["x"] + aside["width"] + 1 and box["height"] > 60
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
