import csv
import json
import os

import numpy as np
import pytest
import tifffile

from conftest import write_recording
from sparkwatch_training import PUFF, SPARK, UNDEFINED, WAVE, TrainingError
from sparkwatch_training.candidates import Candidates, shifted
from sparkwatch_training.calibration import Calibration
from sparkwatch_training.instances import class_mask, instances
from sparkwatch_training.learning import report
from sparkwatch_training.learning.cells import Cell, check, halves, prepared
from sparkwatch_training.learning.history import history, with_entry
from sparkwatch_training.learning.movies import checked_labels, reviewed_movies
from sparkwatch_training.learning.progress import Progress
from sparkwatch_training.learning.scores import estimates, mean_f1, verdict
from sparkwatch_training.model import read_model, write_model
from sparkwatch_training.network import UNet


def counts(*cells):
    """Counts (cell, class, 4) of sparks alone: (right, predicted, found, annotated)."""
    table = np.zeros((len(cells), 3, 4), np.int64)
    table[:, 0] = cells
    return table


def review(folder, name, seed, reviewer="bea", not_reviewed=0, events=4):
    """A movie with the outputs of its review."""
    folder.mkdir(exist_ok=True)
    write_recording(folder, name, seed=seed)
    outputs = folder / f"reviewed-{reviewer}"
    outputs.mkdir(exist_ok=True)
    for kind in ("class", "event"):
        (folder / f"{name}_{kind}_label.tif").rename(outputs / f"{name}_{kind}_label.tif")
    (outputs / f"{name}_video.tif").symlink_to(folder / f"{name}_video.tif")
    verdicts = {"accepted": events - not_reviewed, "open": not_reviewed}
    (outputs / f"{name}_reviewed.json").write_text(json.dumps(
        {"format": "sparkwatch-reviewed-1", "reviewer": reviewer, "events": verdicts, "not_reviewed": not_reviewed}))
    with open(outputs / f"{name}_events.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["event_id", "reviewed"])
        writer.writerows([[f"0123456789ab-{number:06}", "" if number <= not_reviewed else "accepted"]
                          for number in range(1, events + 1)])
    return outputs


def labels_of(folder, name):
    return [tifffile.imread(folder / f"{name}_{kind}_label.tif") for kind in ("class", "event")]


def test_movies_of_all_reviewers_are_found_and_the_network_s_own_labels_are_not(tmp_path):
    review(tmp_path / "day", "one", 1)
    review(tmp_path / "day", "two", 2)
    write_recording(tmp_path / "day", "two", seed=2)
    (tmp_path / "learned-1").mkdir()
    write_recording(tmp_path / "learned-1", "three", seed=3)
    movies, remarks = reviewed_movies(tmp_path)
    assert [(movie.name, movie.cell, [labels.reviewer for labels in movie.labels]) for movie in movies] == [
        ("one", "one", ["bea"]), ("two", "two", ["bea"])]
    assert not remarks


def test_cells_come_from_the_table_and_from_equal_frames(tmp_path):
    for name, seed in (("a", 1), ("b", 2), ("c", 3), ("copy", 3)):
        review(tmp_path, name, seed)
    (tmp_path / "cells.csv").write_text("movie,cell\na,first\nb_video.tif,first\n")
    movies, remarks = reviewed_movies(tmp_path)
    assert [movie.cell for movie in movies] == ["first", "first", "c", "c"]
    assert "begins with the same frame as c" in remarks[0]
    (tmp_path / "cells.csv").write_text("movie,cell\nz,first\n")
    with pytest.raises(TrainingError, match="names z, of which there are no labels"):
        reviewed_movies(tmp_path)


def test_events_that_nobody_looked_at_count_as_undefined(tmp_path):
    review(tmp_path / "day", "part", 1, not_reviewed=2)
    review(tmp_path / "day", "none", 2, not_reviewed=4)
    movies, remarks = reviewed_movies(tmp_path)
    assert [movie.name for movie in movies] == ["part"] and len(remarks) == 2
    assert "none: left out, since nobody has looked at any of its 4 events" in remarks
    before, events = labels_of(tmp_path / "day" / "reviewed-bea", "part")
    classes, _ = checked_labels(movies[0].labels[0], before.shape)
    assert (classes[np.isin(events, (1, 2))] == UNDEFINED).all()
    rest = ~np.isin(events, (1, 2))
    assert (classes[rest] == before[rest]).all()


def test_a_missing_movie_and_a_missing_mask_are_named(tmp_path):
    outputs = review(tmp_path / "day", "one", 1)
    (tmp_path / "day" / "one_video.tif").unlink()
    with pytest.raises(TrainingError, match=r"the movie of one is missing: .*one_video\.tif points to"):
        reviewed_movies(tmp_path)
    (outputs / "one_event_label.tif").unlink()
    with pytest.raises(TrainingError, match=r"one_event_label\.tif is missing"):
        reviewed_movies(tmp_path)


@pytest.mark.parametrize(("damage", "message"), [
    (lambda classes, events: classes.__setitem__(np.s_[0, 0, 0], 7), "class 7 in frame 0 is unknown"),
    (lambda classes, events: events.__setitem__(np.s_[0, 0, 0], 9), "frame 0, row 0, column 0 has class 0 but event 9"),
    (lambda classes, events: classes.__setitem__(np.s_[10, 4, 0], PUFF), "event 1 has the classes 1 and 3"),
    (lambda classes, events: events.__setitem__(np.s_[10, 4, 0], 0), "frame 10, row 4, column 0 has class 1 but event 0"),
])
def test_labels_that_cannot_be_are_refused_by_name(tmp_path, damage, message):
    outputs = review(tmp_path, "one", 1)
    classes, events = labels_of(outputs, "one")
    damage(classes, events)
    tifffile.imwrite(outputs / "one_class_label.tif", classes, photometric="minisblack")
    tifffile.imwrite(outputs / "one_event_label.tif", events, photometric="minisblack")
    movies, _ = reviewed_movies(tmp_path)
    with pytest.raises(TrainingError, match=message):
        checked_labels(movies[0].labels[0], classes.shape)


def test_counts_that_do_not_fill_16_bits_are_scaled_as_in_the_analysis(tmp_path):
    review(tmp_path, "one", 1)
    (tmp_path / "one_run.json").write_text(json.dumps({"setup": {"configuration": {"count_scale": 16}, "calibration": {
        "frame_interval_ms": {"value": 5.5, "assumed": False}, "pixel_size_um": {"value": 0.2, "assumed": True}}}}))
    movies, _ = reviewed_movies(tmp_path)
    assert movies[0].stated == ["--frame-interval-ms", "5.5"]
    cells = prepared(movies, tmp_path / "work")
    video = tifffile.imread(tmp_path / "one_video.tif").astype(float)
    scaled = tifffile.imread(tmp_path / "work" / "one" / "one_video.tif")
    assert (scaled == np.minimum(16 * video, 65535)).all()
    assert cells[0].events == {SPARK: 2, WAVE: 1, PUFF: 1}


def test_two_reviewers_of_a_movie_are_two_annotators(tmp_path):
    review(tmp_path, "one", 1)
    other = tmp_path / "reviewed-carl"
    other.mkdir()
    for kind in ("class", "event"):
        (other / f"one_{kind}_label.tif").write_bytes((tmp_path / "reviewed-bea" / f"one_{kind}_label.tif").read_bytes())
    movies, _ = reviewed_movies(tmp_path)
    prepared(movies, tmp_path / "work")
    assert (tmp_path / "work" / "one" / "one_class_label_2.tif").exists()


def cell(name, sparks=0, waves=0, puffs=0):
    return Cell(name, (), {SPARK: sparks, WAVE: waves, PUFF: puffs})


def test_halves_hold_as_many_cells_and_events_of_every_class():
    first, second = halves([cell("a", 20), cell("b", 19), cell("c", 1, 1), cell("d", 2, 1)])
    assert len(first) == len(second) == 2
    for half in (first, second):
        assert sum(one.events[WAVE] for one in half) == 1 and sum(one.events[SPARK] for one in half) in (21, 20, 22)
    assert [len(half) for half in halves([cell("a", 1), cell("b", 1), cell("c", 1)])] in ([2, 1], [1, 2])


def test_too_little_is_refused():
    with pytest.raises(TrainingError, match="of 1 cell; at least 2"):
        check([cell("a", 3)], "folder")
    with pytest.raises(TrainingError, match="hold no event"):
        check([cell("a"), cell("b")], "folder")
    with pytest.raises(TrainingError, match="all events in folder are of the cell a"):
        check([cell("a", 5), cell("b")], "folder")


def test_f1_is_pooled_and_its_interval_comes_from_cells():
    # Recall 2/3 and 3/3, precision 2/2 and 3/4: pooled 5/6 and 5/6.
    found = estimates(counts((2, 2, 2, 3), (3, 4, 3, 3)))
    assert found["spark"].value == pytest.approx(5 / 6)
    assert found["wave"] is None and found["mean"].value == found["spark"].value
    # The cells alone have 0.8 and 6/7.
    assert found["spark"].low == pytest.approx(0.8) and found["spark"].high == pytest.approx(6 / 7)
    assert np.isnan(mean_f1(np.zeros((3, 4))))


def test_better_is_what_gains_beyond_chance_and_loses_nowhere():
    poor, good = counts(*[(2, 6, 2, 10)] * 6), counts(*[(8, 10, 8, 10)] * 6)
    assert verdict(poor, good).is_better and "rises by +0.55" in verdict(poor, good).reason
    assert not verdict(good, poor).is_better and "found worse" in verdict(good, poor).reason
    assert not verdict(good, good).is_better and "may be chance" in verdict(good, good).reason
    # One cell that gains among five that lose a little is chance.
    mixed = counts((10, 10, 10, 10), *[(2, 7, 2, 10)] * 5)
    assert not verdict(poor, mixed).is_better
    # A class that is lost is not made up for by another.
    both, lost = poor.copy(), good.copy()
    both[:, 1], lost[:, 1] = (5, 5, 5, 5), (3, 5, 3, 5)
    assert "waves are found worse" in verdict(both, lost).reason


def test_the_learning_curve_tells_how_many_more_cells_help():
    start, quarter, half = (counts(*[(n, 10, n, 10)] * 4) for n in (4, 5, 6))
    text = report.advice([(0, start), (1.0, quarter), (2.0, half)], 4)
    assert "from 2 instead of 1 cells changed mean F1 by +0.10" in text
    # +0.05 is half of what a doubling brought: 4 (2^0.5 - 1) cells.
    assert "with 2 more cells" in text
    assert "hardly help" in report.advice([(0, start), (1.0, half), (2.0, half)], 4)
    assert "fewer than 4 cells" in report.advice([(0, start), (1.0, half)], 2)


def test_progress_says_what_is_left_from_the_first_line_on():
    now, lines = [0.0], []
    progress = Progress({"one": 100, "two": 200}, lines.append, lambda: now[0])
    progress.begin("one", "first")
    now[0] = 50
    progress.tell(0.25, "going")
    now[0] = 52
    progress.tell(0.26, "not yet")
    now[0] = 200
    progress.begin("two", "second")
    assert lines == ["[  0:00, about 5 min left] first", "[  0:50, about 6 min left] going", "[  3:20, about 3 min left] second"]


def test_a_model_tells_how_it_came_about_and_others_may_read_it(tmp_path):
    network = UNet(2, 4)
    before = os.umask(0o027)
    try:
        write_model(tmp_path / "a.safetensors", network.state_dict(), vars(network), Calibration(), "simulated")
        entries = history(tmp_path / "a.safetensors")
        known = with_entry(entries, {"date": "2026-11-30", "text": "fine-tuned"})
        write_model(tmp_path / "b.safetensors", network.state_dict(), vars(network), Calibration(), "fine-tuned", known)
    finally:
        os.umask(before)
    assert [entry["text"] for entry in history(tmp_path / "b.safetensors")] == ["simulated", "fine-tuned"]
    assert read_model(tmp_path / "b.safetensors")[1]["pixel_size_um"] == "0.2"
    assert (tmp_path / "b.safetensors").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("seed", range(4))
def test_candidates_find_what_whole_movies_find(seed):
    """The quick way beside the plain one, over random maps with events of every class, gaps and offsets."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 1, (4, 24, 20, 90)) + np.array([4, 0, 0, 0])[:, None, None, None]
    for label in (SPARK, PUFF, WAVE):
        for _ in range(3):
            t, y, x = (rng.integers(0, size) for size in (16, 10, 60))
            scores[label, t : t + 8 : 1 + (label != SPARK), y : y + 8, x : x + (90 if label == WAVE else 8)] += rng.uniform(2, 8)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=0)
    truth = (rng.random((24, 20, 90)) < 0.01).astype(np.uint8)
    candidates = Candidates(probabilities, truth, truth, largest_offset=2.0, smallest_threshold=0.3)
    active = probabilities[1:].sum(axis=0) > 0.3 / 0.7 * np.exp(-2) / (1 + 0.3 / 0.7 * np.exp(-2))
    kept = active | (truth > 0)
    for offsets, threshold in (((0, 0, 0), 0.5), ((2, -1, 1), 0.3), ((-1, 2, -2), 0.4)):
        whole = class_mask(shifted(np.log(probabilities).astype(np.float16), offsets), threshold)
        classes, numbers = instances(whole)
        found, found_numbers = candidates.found(Calibration(offsets, threshold))
        assert (classes[~kept] == 0).all() and (found == classes[kept]).all()
        # Numbers differ in their order only.
        pairs = np.unique(np.stack([numbers[kept], found_numbers]), axis=1)
        assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]
