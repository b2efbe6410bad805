"""Correcting events on the review page: `sparkwatch review` -> Chromium, and what comes out of it on the disk."""

import json
import shutil
import socket
import subprocess

import numpy as np
import pytest
import tifffile

from conftest import BINARIES, PATIENCE_S, Page, free_port, wait_for


class Review:
    """A review that is served, and what it has written."""

    def __init__(self, folder, reviewer="bea", port=None):
        self.folder, self.reviewer = folder, reviewer
        self.port = port or free_port()
        self.errors = open(folder.parent / f"review-{self.port}.txt", "a")
        self.start()

    def start(self):
        command = [BINARIES / "sparkwatch", "review", self.folder, "--reviewer", self.reviewer, "--page-port", self.port]
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.errors, stderr=self.errors)
        wait_for(self.is_listening, "the page is served")

    def is_listening(self):
        assert self.process.poll() is None, (self.folder.parent / f"review-{self.port}.txt").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/"

    def lines(self):
        return [json.loads(line) for line in (self.folder / "01_review.jsonl").read_text().splitlines()]

    def actions(self):
        return [line["action"] for line in self.lines() if "action" in line]

    def labels(self):
        outputs = self.folder / f"reviewed-{self.reviewer}"
        return tifffile.imread(outputs / "01_class_label.tif"), tifffile.imread(outputs / "01_event_label.tif")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE_S) == 0
        self.errors.close()


class ReviewPage(Page):
    """The page, with what a person does on it."""

    def __init__(self, chromium, review, **size):
        super().__init__(chromium, review.address, **size)
        wait_for(lambda: self.number("events") and self.tab.query_selector("#list .current"), "the events")

    def choose(self, number):
        """Brings a row into view by its number, and clicks it."""
        self.tab.click("#head [data-key=id]")
        if self.tab.get_attribute("#head [data-key=id]", "aria-sort") != "ascending":
            self.tab.click("#head [data-key=id]")
        selector = f"#list .row[data-id='{number}']"
        self.tab.eval_on_selector("#list", "list => { list.scrollTop = 0; }")
        self.tab.wait_for_timeout(50)
        for _ in range(400):
            if self.tab.query_selector(selector):
                break
            self.tab.eval_on_selector("#list", "list => { list.scrollTop += 150; }")
            self.tab.wait_for_timeout(20)
        self.tab.click(selector)
        wait_for(lambda: self.current() == number, "it is chosen")
        wait_for(lambda: self.number("shownFrame") is not None, "its frame")

    def current(self):
        return self.tab.evaluate("() => Number(document.querySelector('#list .current')?.dataset.id ?? 0)")

    def change(self, act):
        """Does something, and waits until the page has learnt what came of it."""
        before = self.number("changes") or 0
        act()
        wait_for(lambda: (self.number("changes") or 0) > before, "the change")

    def click_voxel(self, y, x, shape, **options):
        box = self.tab.query_selector("#image").bounding_box()
        scale = min(box["width"] / shape[2], box["height"] / shape[1])
        left = (box["width"] - scale * shape[2]) / 2 + scale * (x + 0.5)
        top = (box["height"] - scale * shape[1]) / 2 + scale * (y + 0.5)
        self.tab.mouse.click(box["x"] + left, box["y"] + top, **options)
        return box["x"] + left, box["y"] + top

    def go_to(self, frame):
        self.tab.eval_on_selector("#scrub", "(node, at) => { node.value = at; node.dispatchEvent(new Event('input')); }", frame)
        wait_for(lambda: self.number("shownFrame") == frame, "the frame")


@pytest.fixture
def folder(recording, tmp_path):
    """The recording with the labels of its truth: what a perfect detector finds."""
    results = tmp_path / "results"
    results.mkdir()
    for name in ("01_video.tif", "01_class_label.tif", "01_event_label.tif"):
        shutil.copy(recording.parent / name, results / name)
    return results


@pytest.fixture
def review(folder):
    review = Review(folder)
    yield review
    review.stop()


@pytest.fixture
def page(chromium, review):
    page = ReviewPage(chromium, review)
    yield page
    page.close()


def found(folder):
    return tifffile.imread(folder / "01_class_label.tif"), tifffile.imread(folder / "01_event_label.tif")


def numbers_of(folder, value):
    classes, events = found(folder)
    return [int(number) for number in np.unique(events[classes == value])]


def written(page, review):
    """Labels and table as they are now, checked against each other."""
    page.press("w")
    wait_for(lambda: "written to" in page.text("#notice-text"), "the outputs")
    page.tab.click("#notice-close")
    classes, events = review.labels()
    for number in np.unique(events[events > 0]):
        assert len(np.unique(classes[events == number])) == 1, "an event has one class"
    assert not ((classes == 0) != (events == 0)).any()
    table = (review.folder / "reviewed-bea" / "01_events.csv").read_text().splitlines()
    columns = table[0].split(",")
    assert columns[-1] == "reviewed"
    rows = [dict(zip(columns, line.split(","))) for line in table[1:]]
    return classes, events, {int(row["event_id"].split("-")[-1]): row for row in rows}


def test_decisions_are_kept_undone_and_written(page, review, folder):
    sparks, waves = numbers_of(folder, 1), numbers_of(folder, 2)
    classes, events = found(folder)
    count = page.number("events")
    originals = {path: path.read_bytes() for path in folder.glob("*.tif")}

    # Accept, delete, retype, undefined: one key each, and the next one is chosen.
    first = sparks[0]
    page.choose(first)
    page.change(lambda: page.press("a"))
    assert page.number("reviewed") == 1 and page.current() != first
    page.choose(sparks[1])
    page.change(lambda: page.press("d"))
    page.choose(sparks[2])
    page.change(lambda: page.press("3"))
    page.choose(waves[0])
    page.change(lambda: page.tab.click("#undefined"))
    page.choose(sparks[3])
    page.press("c")
    page.tab.fill("#comment-text", "blurred, \"why\"?")
    page.change(lambda: page.press("Enter"))
    assert review.actions() == ["accept", "delete", "retype", "retype", "comment"]
    assert {line["reviewer"] for line in review.lines() if "action" in line} == {"bea"}
    assert page.number("reviewed") == 4 and page.number("events") == count

    # Undo takes all of it back, redo brings it again; typing keys in a text does nothing.
    for _ in range(5):
        page.change(lambda: page.press("z"))
    assert page.number("reviewed") == 0 and page.number("undo") == 0
    page.press("z")
    wait_for(lambda: "nothing to undo" in page.text("#notice-text"), "the refusal")
    for _ in range(4):
        page.change(lambda: page.press("Control+Shift+Z"))
    page.change(lambda: page.tab.click("#redo"))
    assert page.number("reviewed") == 4 and page.number("redo") == 0

    new_classes, new_events, table = written(page, review)
    assert (new_events[events == sparks[1]] == 0).all()
    assert (new_classes[events == sparks[2]] == 3).all() and (new_classes[events == waves[0]] == 4).all()
    untouched = ~np.isin(events, [sparks[1], sparks[2], waves[0]])
    assert (new_classes[untouched] == classes[untouched]).all() and (new_events[untouched] == events[untouched]).all()
    assert table[first]["reviewed"] == "accepted" and table[sparks[2]]["reviewed"] == "corrected"
    assert table[sparks[2]]["event_type"] == "puff" and table[sparks[3]]["reviewed"] == ""
    assert sparks[1] not in table and waves[0] not in table
    assert (review.folder / "reviewed-bea" / "01_video.tif").exists()
    assert {path: path.read_bytes() for path in folder.glob("*.tif")} == originals


def test_an_event_is_split_and_merged(page, review, folder):
    classes, events = found(folder)
    wave = max(numbers_of(folder, 2), key=lambda number: (events == number).sum())
    frames, ys, xs = np.nonzero(events == wave)
    page.choose(wave)
    # The place of the last frame of the wave, far from its peak.
    last = frames.max() - 2
    at = np.flatnonzero(frames == last)[0]
    page.go_to(int(last))
    page.press("x")
    page.change(lambda: page.click_voxel(int(ys[at]), int(xs[at]), events.shape))
    split = review.lines()[-1]
    assert split["action"] == "split" and split["event"] == wave and len(split["voxels"]) > 0
    _, new_events, table = written(page, review)
    parts = sorted(int(number) for number in np.unique(new_events[events == wave]))
    assert len(parts) == 2 and wave in parts
    assert ((new_events > 0) == (events > 0)).all()
    assert all(table[number]["reviewed"] == "corrected" and table[number]["event_type"] == "wave" for number in parts)

    other = next(number for number in parts if number != wave)
    page.choose(other)
    page.press("j")
    frame, y, x = (int(values[0]) for values in np.nonzero(new_events == wave))
    page.go_to(frame)
    page.click_voxel(y, x, events.shape)
    wait_for(lambda: "1 more" in page.text("#event-title"), "both are chosen")
    page.change(lambda: page.press("j"))
    assert review.actions()[-1] == "merge"
    _, merged, table = written(page, review)
    assert len(np.unique(merged[events == wave])) == 1
    page.change(lambda: page.press("z"))
    page.change(lambda: page.press("z"))
    _, back, _ = written(page, review)
    assert (back == events).all()


def test_events_are_grown_added_and_painted(page, review, folder):
    classes, events = found(folder)
    spark = max(numbers_of(folder, 1), key=lambda number: (events == number).sum())
    movie = tifffile.imread(folder / "01_video.tif").astype(float)
    frames, ys, xs = np.nonzero(events == spark)
    brightest = np.argmax(movie[frames, ys, xs])
    peak = tuple(int(values[brightest]) for values in (frames, ys, xs))

    # The spark was missed: deleted, and added anew from a click.
    page.choose(spark)
    page.change(lambda: page.press("d"))
    page.press("i")
    page.go_to(peak[0])
    page.click_voxel(peak[1], peak[2], events.shape)
    page.tab.eval_on_selector("#share", "node => { node.value = 40; node.dispatchEvent(new Event('input')); }")
    page.change(lambda: page.tab.click("#take"))
    added = review.lines()[-1]
    assert added["action"] == "add" and added["class"] == "spark"
    number = page.current()
    assert number == events.max() + 1
    _, new_events, table = written(page, review)
    overlap = ((new_events == number) & (events == spark)).sum()
    assert overlap > 0.2 * (events == spark).sum() and table[number]["reviewed"] == "added"

    # Redrawn with a higher share it becomes smaller.
    size = (new_events == number).sum()
    page.press("g")
    page.go_to(peak[0])
    page.click_voxel(peak[1], peak[2], events.shape)
    page.tab.eval_on_selector("#share", "node => { node.value = 75; node.dispatchEvent(new Event('input')); }")
    page.change(lambda: page.press("Enter"))
    _, smaller, _ = written(page, review)
    assert 0 < (smaller == number).sum() < size

    # Painted in one frame, and erased again with Shift.
    page.press("b")
    page.tab.fill("#brush-depth", "0")
    page.go_to(peak[0])
    free = np.argwhere(smaller[peak[0]] == 0)
    y, x = (int(value) for value in free[np.argmin(np.abs(free - [peak[1], peak[2]]).sum(axis=1))])
    page.change(lambda: page.click_voxel(y, x, events.shape))
    _, painted, _ = written(page, review)
    changed = painted != smaller
    assert changed[peak[0]].any() and not np.delete(changed, peak[0], axis=0).any()
    assert painted[peak[0], y, x] == number and (smaller[changed] == 0).all()
    page.tab.keyboard.down("Shift")
    page.change(lambda: page.click_voxel(y, x, events.shape))
    page.tab.keyboard.up("Shift")
    _, erased, _ = written(page, review)
    assert erased[peak[0], y, x] == 0
    assert review.actions()[-2:] == ["redraw", "redraw"]


def test_a_crash_loses_nothing(chromium, folder):
    review = Review(folder)
    page = ReviewPage(chromium, review)
    sparks = numbers_of(folder, 1)
    for number in sparks[:4]:
        page.choose(number)
        page.change(lambda: page.press("d"))
    page.change(lambda: page.press("z"))
    review.process.kill()
    review.process.wait(PATIENCE_S)
    wait_for(lambda: "NOT CONNECTED" in page.text("#state"), "the loss is shown")
    page.press("a")
    assert "NOT kept" in page.text("#notice-text")
    # What was being written when the power failed.
    with open(folder / "01_review.jsonl", "a") as log:
        log.write('{"action":"accept","eve')
    review.start()
    wait_for(lambda: "NOT CONNECTED" not in page.text("#state"), "the page is back")
    wait_for(lambda: page.number("reviewed") == 3, "the decisions")
    wait_for(lambda: "1 lines mean nothing" in page.text("#notice-text"), "the remark")
    page.change(lambda: page.press("y"))
    assert page.number("reviewed") == 4
    lines = (folder / "01_review.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["action"] == "redo" and lines[-2] == '{"action":"accept","eve'
    page.close()
    review.stop()


def test_two_reviewers_do_not_touch_each_other(chromium, folder):
    reviews = [Review(folder, "bea"), Review(folder, "carl")]
    pages = [ReviewPage(chromium, review) for review in reviews]
    sparks = numbers_of(folder, 1)
    for number in sparks[:3]:
        for page, key in zip(pages, "da"):
            page.choose(number)
            page.change(lambda: page.press(key))
    # Undo is one's own.
    pages[0].change(lambda: pages[0].press("z"))
    assert pages[0].number("reviewed") == 2 and pages[1].number("reviewed") == 3
    for review, page in zip(reviews, pages):
        page.press("w")
        wait_for(lambda: "written to" in page.text("#notice-text"), "the outputs")
    _, bea = reviews[0].labels()
    _, carl = reviews[1].labels()
    _, events = found(folder)
    assert (carl == events).all()
    assert sorted(set(np.unique(events)) - set(np.unique(bea))) == sparks[:2]
    actions = [(line["reviewer"], line["action"]) for line in reviews[0].lines() if "action" in line]
    assert len(actions) == 7 and actions.count(("carl", "accept")) == 3
    for page, review in zip(pages, reviews):
        page.close()
        review.stop()


def test_thousands_of_events(chromium, tmp_path):
    """Only rows that can be seen exist; the last of 5000 events is found and corrected."""
    results = tmp_path / "results"
    results.mkdir()
    shape = (400, 64, 256)
    generator = np.random.default_rng(1)
    movie = generator.poisson(100, shape).astype(np.uint16)
    events = np.zeros(shape, np.uint16)
    number = 0
    for frame in range(2, 390, 4):
        for x in range(2, 250, 5):
            if number == 5000:
                break
            number += 1
            y = int(generator.integers(0, 60))
            events[frame:frame + 3, y:y + 3, x:x + 3] = number
    assert number >= 4800
    movie[events > 0] += 150
    tifffile.imwrite(results / "01_video.tif", movie)
    tifffile.imwrite(results / "01_event_label.tif", events)
    tifffile.imwrite(results / "01_class_label.tif", (events > 0).astype(np.uint8))
    review = Review(results)
    page = ReviewPage(chromium, review)
    assert page.number("events") == number
    assert page.tab.locator("#list .row").count() < 120
    page.tab.eval_on_selector("#list", "list => { list.scrollTop = list.scrollHeight; }")
    wait_for(lambda: page.tab.query_selector(f"#list .row[data-id='{number}']"), "the last row")
    assert page.tab.locator("#list .row").count() < 120
    page.tab.click(f"#list .row[data-id='{number}']")
    page.change(lambda: page.press("d"))
    for _ in range(20):
        page.change(lambda: page.press("a"))
    assert page.number("reviewed") == 21
    page.tab.select_option("#filter-state", "deleted")
    wait_for(lambda: page.text("#list-count") == f"1 of {number}", "the filter")
    page.close()
    review.stop()


def test_other_web_pages_cannot_correct(page, review):
    page.change(lambda: page.press("a"))
    stranger = page.tab.context.browser.new_page()
    stranger.goto("about:blank")
    opened = stranger.evaluate(
        """port => new Promise(done => {
            const socket = new WebSocket(`ws://127.0.0.1:${port}/live`);
            socket.onopen = () => { socket.send('{"command":"undo","movie":0}'); setTimeout(() => done(true), 500); };
            socket.onerror = () => done(false);
        })""", review.port)
    stranger.close()
    assert not opened and review.actions() == ["accept"]


def test_outputs_are_written_without_a_page(page, review, folder):
    page.change(lambda: page.press("d"))
    number = review.lines()[-1]["events"][0]
    command = [BINARIES / "sparkwatch", "review", folder, "--reviewer", "bea", "--write"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert "not reviewed yet" in done.stdout
    _, events = review.labels()
    assert number not in events

    # Labels that somebody has changed since are not replaced.
    label = folder / "reviewed-bea" / "01_class_label.tif"
    label.write_bytes(label.read_bytes() + b"x")
    again = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE_S)
    assert again.returncode == 1 and "was changed since the review wrote it" in again.stderr
