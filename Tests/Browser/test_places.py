"""Cells, release sites, phases and resting light on the live page, told by a script."""

import pytest
from test_scripted import NOW, SERIES, Detector, address, beat, detector, picture  # noqa: F401 (fixtures)

KINDS = ("spark", "wave", "puff")


def spark(number, site, count, x, cell):
    return dict(
        topic="event.spark.final", event_type="spark", state="final", event_id=f"4853b8210000-{number:06d}", series_id="s1",
        rev=1, frame_start=100 * number, frame_end=100 * number + 8, frame_peak=100 * number + 3,
        bbox=[28, x - 5, 39, x + 6], centroid_px=[33, x], centroid_um=[6.6, x / 5], t_start_ms=680 * number, duration_ms=60,
        confidence=0.9, area_um2=4, params={}, reasons={}, flags=[], missing_frames=0, latency_ms={"total": 1100},
        cell=cell, site=site, site_events=count, t_pub_ns=int(number * 1e9),
    )


def activity(cell, area, events, rate):
    frequency = dict(events=events, per_100um2_per_s=rate, low95=rate / 2, high95=rate * 2)
    none = dict(events=0, per_100um2_per_s=0, low95=0, high95=0.1)
    return dict(cell=cell, area_um2=area, origin="found", observed_s=10, frequencies=dict(spark=frequency, wave=none, puff=none))


def phase(label, series, events, cells=()):
    own = [activity(number, area, count, rate) for number, area, count, rate in cells]
    whole = activity(None, 300, events, 0.5) if cells else None
    return dict(label=label, series_id=series, frame_start=0, observed_s=10.0, events={"spark": events}, cells=own) | (
        {"cell": whole} if whole else {}
    )


def box(cell, rows, columns):
    return dict(cell=cell, runs=[value for y in range(*rows) for value in (y, *columns)])


CELLS = dict(page="cells", series_id="s1", cells=[box(1, (10, 50), (20, 240)), box(2, (15, 60), (270, 490))])
PHASES = dict(page="phases", phases=[
    phase("start", "s0", 4, [(1, 300, 4, 0.13)]),
    phase("start", "s1", 7, [(1, 100, 2, 0.2), (2, 200, 5, 0.25)]),
    phase("ISO 100 nM", "s1", 9, [(1, 100, 3, 0.3), (2, 200, 6, 0.3)]),
])
RESTING = dict(page="resting", recordings=[
    dict(series_id="s0", frame_interval_ms=6.8, frames=list(range(0, 3200, 16)), cells=[dict(cell=1, f0_counts=[1000 - i for i in range(200)])]),
    dict(series_id="s1", frame_interval_ms=6.8, frames=list(range(0, 1600, 16)), cells=[
        dict(cell=1, f0_counts=[None, *[800 - 2 * i for i in range(99)]]), dict(cell=2, f0_counts=[500 + i for i in range(100)])]),
])


MOVEMENT = dict(page="movement", recordings=[
    dict(series_id="s1", frame_interval_ms=6.8, frames=[0, 32, 64, 96, 128], farthest_um=[0.0, 0.1, 0.5, 0.4, 0.2], motion_left_share=[0, 0, 0.5, 1, 0]),
])
SHIFTS = dict(
    topic="movement", series_id="s1", stream="s", frame_start=790, y_px=[0.4] * 20, x_px=[-2.5] * 20, undone_y_px=[0.4] * 20, undone_x_px=[-2.5] * 20,
    motion_left_frames=[], message_num=8, t_pub_ns=int(6e9),
)


@pytest.fixture
def watched(detector):  # noqa: F811
    detector.send(
        dict(page="hello", run="first", software_version="0.1.0", model_name="m", model_sha256="ab" * 32, isa="avx2", processor="test",
             threads=2, window=256, stride=32),
        SERIES, NOW, beat(1), CELLS, PHASES, RESTING,
        dict(topic="mark", series_id="s1", frame=700, label="ISO 100 nM", origin="page", message_num=9, t_pub_ns=int(7e9)),
        spark(1, 1, 1, 100, 1), spark(2, 1, 2, 102, 1), spark(3, 2, 1, 300, 2), spark(4, 2, 2, 301, 2), spark(5, 2, 3, 302, 2),
        spark(6, 3, 1, 440, 2), picture(800),
    )
    detector.wait(lambda: len(detector.page.event_ids()) == 6, "the events")
    detector.wait(lambda: "cell 2" in detector.page.text("#phases"), "the phases")
    return detector


def shows(detector, selector):  # noqa: F811
    """Whether anything is drawn in a canvas."""
    script = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    return detector.page.tab.eval_on_selector(selector, script) > 4


def test_rates_are_those_of_phase_cell_and_recording(watched):
    rows = watched.page.tab.eval_on_selector_all("#phases tr", "rows => rows.map(row => row.innerText.replace(/\\s+/g, ' ').trim())")
    assert rows[1].startswith("recording s1") and rows[2].startswith("ISO 100 nM 10 s 0.50 0.25–1.00")
    assert rows[3].startswith("cell 1 100 µm² 0.30 0.15–0.60") and rows[4].startswith("cell 2 200 µm²")
    assert sum(row.startswith("recording") for row in rows) == 2 and rows[-2].startswith("recording s0")
    tile = watched.page.text(".class-tile[data-class=spark]")
    assert "9" in tile and "0.50" in tile and "0.25–1.00" in tile


def test_a_cell_is_chosen_from_the_list_and_in_the_picture(watched):
    tab = watched.page.tab
    tab.select_option("#cell", "2")
    watched.wait(lambda: len(watched.page.event_ids()) == 4, "the events of the second cell")
    assert "6" in watched.page.text(".class-tile[data-class=spark] b")
    bounds = tab.locator("#image").bounding_box()
    tab.mouse.click(bounds["x"] + 0.2 * bounds["width"], bounds["y"] + bounds["height"] / 2)
    watched.wait(lambda: len(watched.page.event_ids()) == 2, "the events of the first cell")
    assert tab.input_value("#cell") == "1"
    tab.mouse.click(bounds["x"] + 0.5 * bounds["width"], bounds["y"] + bounds["height"] / 2)
    watched.wait(lambda: len(watched.page.event_ids()) == 6, "all events, by a click between the cells")


def test_sites_cells_and_resting_light_are_drawn(watched):
    watched.wait(lambda: shows(watched, "#resting"), "the resting light")
    watched.wait(lambda: watched.page.number("shownFrame") is not None, "the picture")
    watched.page.tab.wait_for_timeout(300)
    before = watched.page.picture("#image")
    watched.page.press("r")
    watched.wait(lambda: watched.page.picture("#image") != before, "sites and cells go")


def test_movement_is_drawn_and_the_cell_can_be_held_still(watched):
    watched.send(MOVEMENT, SHIFTS)
    watched.wait(lambda: shows(watched, "#movement"), "the movement")
    shift = lambda: watched.page.tab.eval_on_selector("#image", "c => c.dataset.shift")  # noqa: E731
    watched.wait(lambda: watched.page.number("shownFrame") == 800, "the picture")
    assert shift() == ""
    watched.page.press("h")
    watched.wait(lambda: shift() == "0.4 -2.5", "the picture moved back")
    assert watched.page.tab.is_checked("#show-stabilised")
    watched.page.press("h")
    watched.wait(lambda: shift() == "", "the picture as the camera saw it")


def test_the_usable_share_of_the_time_is_told(watched):
    moved = PHASES["phases"][2] | dict(cell=activity(None, 300, 9, 0.5) | dict(usable_share=0.876))
    watched.send(dict(page="phases", phases=[*PHASES["phases"][:2], moved]))
    watched.wait(lambda: "10 s 87 % usable" in " ".join(watched.page.text("#phases").split()), "the usable share")
    assert watched.page.text("#phases").count("usable") == 1


def test_another_recording_has_no_places_of_the_last(watched):
    watched.send(SERIES | dict(series_id="s2"))
    watched.wait(lambda: not watched.page.tab.is_visible("#cell-choice"), "the choice of cells goes")
    assert watched.page.tab.is_visible("#phases")
