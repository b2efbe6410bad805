"""The report of `sparkwatch analyze --report` in a real browser, without a network."""

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("SPARKWATCH_BINARIES", ROOT / ".build" / "release"))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A short synthetic movie and its results; the name would end a script element if it were not escaped."""
    folder = tmp_path_factory.mktemp("report")
    options = ["--frames", "300", "--width", "192", "--height", "48", "--seed", "4", "--snr", "5", "--events", "waves"]
    subprocess.run([BINARIES / "sparksim", "synth", "--output", folder, *options], check=True, capture_output=True)
    movie = folder / "<script>x & y.tif"
    (folder / "01_video.tif").rename(movie)
    command = [BINARIES / "sparkwatch", "analyze", movie, "--report", "--output", folder / "out"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "out" / movie.stem


@pytest.fixture
def page(chromium, results):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(Path(f"{results}_report.html").as_uri())
    yield page
    assert problems == []
    context.close()


@pytest.fixture(scope="module")
def events(results):
    return json.loads(Path(f"{results}_events.json").read_text())["events"]


def rows(page):
    return page.eval_on_selector_all("#table tbody tr", "rows => rows.map(row => [...row.cells].map(c => c.textContent))")


def column(page, key):
    index = page.eval_on_selector_all("#table th button", "buttons => buttons.map(b => b.dataset.key)").index(key)
    return [row[index] for row in rows(page)]


def test_every_event_is_shown(page, results, events):
    assert len(events) > 5
    assert page.text_content("#name") == results.name
    assert page.locator("#map g.shape").count() == len(events)
    assert page.locator("#raster rect.bar").count() == len(events)
    assert sorted(column(page, "event_id")) == sorted(event["event_id"] for event in events)
    for name in ("spark", "puff", "wave"):
        count = sum(event["event_type"] == name for event in events)
        assert page.text_content(f".card.{name} b") == str(count)
    assert page.locator("#distributions path.step").count() >= 3
    assert page.locator("#trace path.trace").count() == 1
    pixels = page.evaluate("""() => { const c = document.querySelector('#map canvas');
        return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size; }""")
    assert pixels > 50


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_cells_and_sites_are_those_of_the_tables(page, results):
    cells = table(f"{results}_cells.csv")
    lines = page.eval_on_selector_all("#cells tbody tr", "rows => rows.map(row => [...row.cells].map(c => c.textContent))")
    assert len(lines) == len({row["cell"] for row in cells}) > 0
    sparks = next(row for row in cells if row["event_type"] == "spark" and row["cell"] == lines[0][0])
    assert lines[0][2] == "whole movie" and lines[0][4].endswith(f"), {sparks['events']}")
    sites = {row["site"] for row in table(f"{results}_sites.csv")}
    assert page.locator("#site-map g.site").count() == page.locator("#sites tbody tr").count() == len(sites)
    assert page.is_visible("#sites-section") == bool(sites)
    assert page.locator("#resting polyline").count() == len({row["cell"] for row in cells})
    page.click("#cells tbody tr")
    assert page.locator("#map g.shape").count() == sum(int(row["events"]) for row in cells if row["cell"] == lines[0][0])
    page.click("#cells tbody tr")


def test_movement_has_a_course(page):
    assert page.locator("#movement path.movement").count() == 1
    assert page.text_content("#movement-hint").startswith("How far the cell was")


def test_the_table_sorts_and_events_can_be_chosen(page, events):
    page.click("#table th button[data-key=duration_ms]")
    rising = [float(value) for value in column(page, "duration_ms")]
    assert rising == sorted(rising) and len(set(rising)) > 1
    page.click("#table th button[data-key=duration_ms]")
    assert [float(value) for value in column(page, "duration_ms")] == rising[::-1]

    # Any but the first event, which has none on its left.
    first = events[0]["event_id"]
    row = next(row for row, name in enumerate(column(page, "event_id")) if row > 1 and name != first)
    page.locator("#table tbody tr").nth(row).click()
    chosen = column(page, "event_id")[row]
    assert chosen in page.text_content("#values .title")
    assert page.locator("#map g.chosen").count() == page.locator("#raster rect.chosen").count() == 1
    page.keyboard.press("ArrowLeft")
    assert chosen not in page.text_content("#values .title")


def test_the_fit_lies_on_its_trace(page, results):
    """Where an event was fitted, the curve is close to the values it was fitted to, and named axes say what they are."""
    data = json.loads(page.text_content("#data"))
    fitted = [trace for trace in data["traces"] if trace and trace.get("fit")]
    assert len(fitted) > 2
    for trace in fitted:
        assert len(trace["fit"]) == len(trace["values"])
        known = [(value, fit) for value, fit in zip(trace["values"], trace["fit"]) if value is not None]
        spread = (sum((value - sum(v for v, _ in known) / len(known)) ** 2 for value, _ in known) / len(known)) ** 0.5
        rest = (sum((value - fit) ** 2 for value, fit in known) / len(known)) ** 0.5
        assert rest < spread
    assert page.locator("#trace path.fit").count() == 1
    assert {"time (ms)", "ΔF/F0"} <= set(page.locator("#trace svg text").all_text_contents())


def test_figures_and_tables_are_saved_by_a_click(page, events, tmp_path):
    def saved(place, kind):
        with page.expect_download() as download:
            page.click(f"{place} .file:text-is('{kind}')")
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    lines = saved("#table-files", "CSV").read_text().splitlines()
    assert len(lines) == len(events) + 1 and lines[0].startswith("event_id,event_type,t_start_ms")
    assert saved("#trace", "CSV").read_text().splitlines()[0] == "frame,time_ms,dff0,fit_dff0"
    drawing = saved("#trace", "SVG").read_text()
    assert drawing.startswith("<svg") and "rgb(" in drawing
    picture = saved("#trace", "PNG").read_bytes()
    width = int.from_bytes(picture[16:20], "big")
    assert picture[:4] == b"\x89PNG" and width > 1500
    assert len(saved("#rates", "CSV").read_text().splitlines()) > 3


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_everything_can_be_read_on_every_screen(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("""() => [...document.querySelectorAll("main svg text")].map(node => {
        const svg = node.ownerSVGElement, scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        return parseFloat(getComputedStyle(node).fontSize) * scale; })""")
    assert len(sizes) > 20 and min(sizes) > 8
    if width == 1920:
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 17


def test_classes_can_be_hidden(page, events):
    page.uncheck("#show-spark")
    others = [event for event in events if event["event_type"] != "spark"]
    assert len(rows(page)) == page.locator("#map g.shape").count() == len(others)
    assert set(column(page, "event_type")) == {event["event_type"] for event in others}
