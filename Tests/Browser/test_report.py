"""The report of `sparkwatch analyze --report` in a real browser, without a network."""

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
    assert page.locator("#trace polyline.trace").count() == 1
    pixels = page.evaluate("""() => { const c = document.querySelector('#map canvas');
        return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size; }""")
    assert pixels > 50


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


def test_classes_can_be_hidden(page, events):
    page.uncheck("#show-spark")
    others = [event for event in events if event["event_type"] != "spark"]
    assert len(rows(page)) == page.locator("#map g.shape").count() == len(others)
    assert set(column(page, "event_type")) == {event["event_type"] for event in others}
