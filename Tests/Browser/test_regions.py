"""Regions that are drawn on the live page: by a script's detector, and kept by a real one."""

import csv
import json

import pytest
from conftest import Page, wait_for
from test_places import PHASES, SERIES, activity
from test_scripted import HELLO, NOW, Detector, address, beat, detector, picture  # noqa: F401 (fixtures)


@pytest.fixture
def watched(detector):  # noqa: F811
    detector.send(HELLO, SERIES, NOW, beat(1), picture(800))
    detector.wait(lambda: detector.page.number("shownFrame") is not None, "the picture")
    return detector


def point(tab, y, x, height=64, width=512):
    """Where a pixel of the camera is on the screen; the picture fills its box."""
    bounds = tab.locator("#image").bounding_box()
    scale = min(bounds["width"] / width, bounds["height"] / height)
    left, top = bounds["x"] + (bounds["width"] - scale * width) / 2, bounds["y"] + (bounds["height"] - scale * height) / 2
    return left + x * scale, top + y * scale


def drag(tab, start, end):
    tab.mouse.move(*point(tab, *start))
    tab.mouse.down()
    tab.mouse.move(*point(tab, *end), steps=5)
    tab.mouse.up()


def name(tab, text):
    tab.fill("#region-name", text)
    tab.click("#region-set")


def regions(*drawn):
    return dict(topic="regions", origin="page", t_pub_ns=int(1e9), message_num=7,
                regions=[dict(name=name, rectangle_px=box, polygon_px=None) for name, box in drawn])


def test_a_rectangle_is_drawn_with_the_mouse_and_named(watched):
    tab = watched.page.tab
    tab.click("#draw-rectangle")
    assert tab.get_attribute("#draw-rectangle", "aria-pressed") == "true"
    drag(tab, (50, 300), (10, 100))
    assert tab.input_value("#region-name") == "region 1"
    name(tab, "left end")
    watched.wait(lambda: watched.commands, "the command")
    command = watched.commands[-1]
    assert (command["command"], command["name"]) == ("draw", "left end")
    assert command["rectangle_px"] == pytest.approx([10, 100, 50, 300], abs=1.5)
    # The next drag draws nothing, nor does one that is cancelled, nor one without an area.
    drag(tab, (20, 20), (40, 60))
    tab.keyboard.press("e")
    drag(tab, (20, 20), (40, 60))
    tab.click("#region-cancel")
    tab.keyboard.press("e")
    drag(tab, (20, 20), (20.1, 20.1))
    tab.keyboard.press("Escape")
    assert tab.get_attribute("#draw-rectangle", "aria-pressed") == "false"
    tab.wait_for_timeout(200)
    assert len(watched.commands) == 1 and watched.page.errors == []


def test_a_rectangle_may_end_beside_the_picture(watched):
    tab = watched.page.tab
    tab.keyboard.press("e")
    tab.mouse.move(*point(tab, 30, 400))
    tab.mouse.down()
    x, y = point(tab, 30, 400)
    tab.mouse.move(x + 3000, y + 60, steps=4)
    tab.mouse.up()
    name(tab, "right")
    watched.wait(lambda: watched.commands, "the command")
    assert watched.commands[-1]["rectangle_px"][3] == 512


@pytest.mark.parametrize("how", ["Enter", "double click", "first corner"])
def test_a_polygon_is_drawn_corner_by_corner(watched, how):
    tab = watched.page.tab
    tab.keyboard.press("g")
    corners = [(10, 100), (12, 300), (50, 200)]
    for corner in corners[:2]:
        tab.mouse.click(*point(tab, *corner))
        tab.wait_for_timeout(600)
    if how == "double click":
        tab.mouse.dblclick(*point(tab, *corners[2]))
    else:
        tab.mouse.click(*point(tab, *corners[2]))
        if how == "Enter":
            tab.keyboard.press("Enter")
        else:
            tab.wait_for_timeout(600)
            tab.mouse.click(*point(tab, *corners[0]))
    name(tab, "nucleus")
    watched.wait(lambda: watched.commands, "the command")
    command = watched.commands[-1]
    assert command["command"] == "draw" and command["name"] == "nucleus" and "rectangle_px" not in command
    assert [value for corner in command["polygon_px"] for value in corner] == pytest.approx(
        [value for corner in corners for value in corner], abs=1.5
    )


def test_what_the_detector_keeps_is_listed_drawn_and_deleted(watched):
    tab = watched.page.tab
    before = watched.page.picture("#image")
    watched.send(regions(("left <b>end</b>", [0, 0, 64, 120]), ("nucleus", [10, 200, 40, 260])))
    frequencies = {kind: value for kind, value in activity(1, 307.2, 3, 0.4)["frequencies"].items()}
    own = [dict(region="left <b>end</b>", area_um2=307.2, observed_s=10, frequencies=frequencies),
           dict(region="nucleus", area_um2=0, observed_s=10, frequencies=dict.fromkeys(frequencies))]
    phase = PHASES["phases"][1] | dict(regions=own)
    watched.send(dict(page="phases", phases=[phase]))
    watched.wait(lambda: tab.locator("#regions .region").count() == 2, "both regions")
    watched.wait(lambda: "307 µm²" in watched.page.text("#regions"), "the area")
    watched.wait(lambda: watched.page.picture("#image") != before, "the outlines")
    rows = tab.eval_on_selector_all("#phases tr.region", "rows => rows.map(row => row.innerText.replace(/\\s+/g, ' ').trim())")
    assert rows[0].startswith("▭ left <b>end</b> 307 µm² 0.40 0.20–0.80") and rows[1] == "▭ nucleus 0 µm² – – –"
    tab.click("#regions .region[data-region=nucleus] button")
    watched.wait(lambda: watched.commands, "the command")
    assert watched.commands[-1] == dict(command="erase", name="nucleus")
    # Nothing goes before the detector says so.
    assert tab.locator("#regions .region").count() == 2
    watched.send(regions())
    watched.wait(lambda: not tab.is_visible("#regions"), "the list goes")


def test_there_are_not_more_than_the_detector_takes(watched):
    tab = watched.page.tab
    watched.send(regions(*((f"{number}", [0, 0, 5, 5]) for number in range(32))))
    watched.wait(lambda: tab.locator("#regions .region").count() == 32, "the regions")
    tab.click("#draw-rectangle")
    assert tab.get_attribute("#draw-rectangle", "aria-pressed") == "false"
    watched.wait(lambda: "delete one first" in watched.page.text("#notices"), "why not")


def test_the_detector_keeps_publishes_and_journals_regions(rig, recording, chromium):
    """A region that one browser draws is there for subscribers, for another browser, in the journal and in the table."""
    rig.detect()
    page = Page(chromium, rig.address)
    rig.play(recording)
    wait_for(lambda: page.tab.evaluate("document.body.dataset.shownFrame") or page.tab.wait_for_timeout(50), "a picture")
    page.tab.keyboard.press("e")
    drag(page.tab, (5, 20, 64, 192), (60, 150, 64, 192))
    name(page.tab, "middle")
    published = wait_for(lambda: rig.messages("regions"), "the message")[-1]
    assert published["origin"] == "page" and [own["name"] for own in published["regions"]] == ["middle"]
    assert published["regions"][0]["rectangle_px"] == pytest.approx([5, 20, 60, 150], abs=1.5)
    other = Page(chromium, rig.address)
    wait_for(lambda: other.tab.locator("#regions .region").count() == 1 or other.tab.wait_for_timeout(50), "the other browser")
    wait_for(lambda: rig.final_events(), "events")
    wait_for(lambda: "middle" in (page.text("#phases") or page.tab.wait_for_timeout(50) or ""), "its rates")
    page.tab.keyboard.press("e")
    drag(page.tab, (5, 20, 64, 192), (60, 40, 64, 192))
    name(page.tab, "other")
    wait_for(lambda: len(rig.messages("regions")) == 2, "the second one")
    other.tab.click("#regions .region[data-region=other] button")
    gone = wait_for(lambda: [own for own in rig.messages("regions")[2:]], "the second one goes")[-1]
    assert [own["name"] for own in gone["regions"]] == ["middle"]
    assert page.errors == [] and other.errors == []
    page.close()
    other.close()
    assert rig.stop(rig.detector) == 0
    journal = next((rig.folder / "live").glob("*.jsonl")).read_text().splitlines()
    assert [len(line["regions"]) for line in map(json.loads, journal) if line["topic"] == "regions"] == [1, 2, 1]
    with open(next((rig.folder / "live").glob("*_regions.csv")), newline="") as table:
        rows = list(csv.DictReader(table))
    assert {row["region"] for row in rows} == {"middle"}
    box = json.loads(next((rig.folder / "live").glob("*_regions.json")).read_text())["regions"][0]["rectanglePx"]
    assert box == published["regions"][0]["rectangle_px"]
    # What the table counts is what was published there.
    first = rows[0]["series_id"]
    inside = [
        event for event in rig.final_events()
        if event["series_id"] == first and box[0] < event["centroid_px"][0] + 0.5 < box[2] and box[1] < event["centroid_px"][1] + 0.5 < box[3]
    ]
    assert sum(int(row["events"]) for row in rows if row["series_id"] == first) == len(inside)
