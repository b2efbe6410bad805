"""The broad evaluation: its counts, intervals, verdicts and tables, and odd input that is what it says."""
import json

import numpy as np
import pytest

import broad_tables
import intervals
import odd_input
import sets


def test_counts_add_up_to_the_f1_of_the_score():
    score = {"predicted": {"sparks": {"tot": 12, "ignored": 2, "sparks": 7}}, "annotated": {"sparks": {"tot": 9, "sparks": 6}}}
    counts = intervals.counts(score, "sparks")
    assert counts == (7, 10, 6, 9)
    assert intervals.f1(counts) == pytest.approx(2 * 0.7 * (6 / 9) / (0.7 + 6 / 9))
    assert np.isnan(intervals.f1((0, 3, 0, 0))) and intervals.f1((0, 0, 0, 5)) == 0


def test_the_interval_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(4)
    inside = 0
    for _ in range(60):
        found = random.binomial(40, 0.8, 20)
        table = np.stack([found, np.full(20, 40), found, np.full(20, 40)], axis=1)
        score = intervals.with_interval(table)
        inside += score["low"] <= 0.8 <= score["high"]
    assert 52 <= inside <= 60
    assert intervals.with_interval([(0, 1, 0, 0)]) is None


def test_a_paired_difference_knows_that_recordings_are_the_same():
    """Recordings differ much, the models little but always: only the paired interval excludes zero."""
    quality = np.linspace(0.2, 0.9, 12)
    old = [(int(100 * q), 100, int(100 * q), 100) for q in quality]
    new = [(right + 4, 100, found + 4, 100) for right, _, found, _ in old]
    difference = intervals.difference(new, old)
    assert difference["difference"] == pytest.approx(0.04, abs=1e-6) and difference["low"] > 0.03
    alone = intervals.with_interval(old)
    assert alone["high"] - alone["low"] > 0.1


def test_rates_have_exact_intervals():
    none = intervals.rate(0, 60)
    assert (none["per_minute"], none["low"]) == (0, 0) and none["high"] == pytest.approx(3.689 / 60, abs=1e-3)
    assert intervals.rate(10, 5)["low"] == pytest.approx(4.795 / 5, abs=1e-3)


def test_found_events_are_judged_by_half_of_the_smaller_one():
    classes, events = np.zeros((2, 12, 12, 12), np.uint8)
    events = events.astype(np.uint16)
    for number, (label, place) in enumerate(((1, np.s_[:4, :4, :4]), (3, np.s_[6:, :4, :4]), (4, np.s_[:4, 8:, :4])), start=1):
        classes[place], events[place] = label, number
    found, instances = np.zeros_like(classes), np.zeros_like(events)
    for number, (label, place) in enumerate((
        (1, np.s_[:4, :4, 1:7]), (1, np.s_[6:, :4, :4]), (1, np.s_[:4, 8:, :4]), (1, np.s_[6:10, 8:, 8:]), (1, np.s_[4:6, 2:8, :4]),
    ), start=1):
        found[place], instances[place] = label, number
    verdicts = {number: right for number, _, right in intervals.judged(classes, events, found, instances)}
    assert verdicts == {1: True, 2: False, 3: None, 4: False, 5: False}


def test_reliability_compares_confidence_with_what_is_right():
    events = [(0.55, True)] * 5 + [(0.55, False)] * 5 + [(1.0, True)] * 8
    table = intervals.reliability(events)
    assert [(bin["events"], bin["right"]) for bin in table["bins"]] == [(10, 0.5), (8, 1.0)]
    assert table["expected_error"] == pytest.approx(10 / 18 * 0.05)
    assert intervals.reliability([]) == {"bins": [], "expected_error": None}


def test_the_sets_hold_what_the_tables_name():
    made = sets.sets()
    assert {"usual", "unusual", "rim", "widefield", "13.6 ms", "20 ms", "still", "moving"} <= set(made)
    assert all(len({recording.number for recording in recordings}) == len(recordings) >= 8 for recordings in made.values())
    assert [r.options[-4:] for r in made["still"]] == [r.options[-4:] for r in made["moving"]], "the same cells"
    assert len(sets.LABORATORIES) == 10


@pytest.mark.parametrize("kind", [*odd_input.LIGHT, *odd_input.CELL_FREE])
def test_odd_input_is_what_it_says(kind, monkeypatch):
    monkeypatch.setattr(odd_input, "FRAMES", 400)
    rng = np.random.default_rng(2)
    still = rng.poisson(300, (400, 12, 16)).astype(np.uint16) + 500
    # Beside the cell there is no light.
    still[:, :2] = 500
    movie = odd_input.LIGHT[kind](still, still.min(), rng) if kind in odd_input.LIGHT else odd_input.CELL_FREE[kind](rng)
    assert movie.dtype == np.uint16 and len(movie) == 400
    level = movie.mean(axis=(1, 2))
    changes = {"swelling light": 30, "bleaching": 30, "steps of the light": 10, "flicker": 5, "dark start": 100}
    assert np.ptp(level) > changes.get(kind, -1)
    assert (np.ptp(movie) == 0) == (kind == "constant frames")


def test_tables_hold_every_number():
    def model(f1, events):
        score = {"f1": f1, "low": f1 - 0.1, "high": f1 + 0.1, "events": events}
        return {
            "sha256": "0123456789abcdef", "recordings": {},
            "sets": {"usual": {mode: dict.fromkeys(intervals.CLASSES, score) for mode in ("streaming", "whole")},
                     "rim": {"streaming": {"sparks": score, "puffs": score, "waves": None}}},
            "laboratories": {"sparks": {"median": 0.625, "low": 0.5, "high": 0.75, "least": 0.125}},
            "odd": {"kinds": {"noise": dict.fromkeys((*intervals.CLASSES, "any"), intervals.rate(3, 2.0))},
                    "together": dict.fromkeys((*intervals.CLASSES, "any"), intervals.rate(3, 2.0))},
            "reliability": {label: intervals.reliability([(0.97, True), (0.97, False)]) for label in intervals.CLASSES},
        }

    gone = {"difference": -0.25, "low": -0.375, "high": -0.125}
    report = {"frames": 10, "seed": 1, "every": 1, "models": {"model": model(0.5, 7), "against": model(0.75, 8)},
              "differences": {"usual": {"sparks": gone, "puffs": gone | {"high": 0.5}, "waves": None}}}
    text = broad_tables.markdown(json.loads(json.dumps(report)))
    assert "| usual | 0.50 (0.40 to 0.60) [7] | 0.50 (0.40 to 0.60) [7] |" in text
    assert "| rim | 0.75 (0.65 to 0.85) [8] | 0.75 (0.65 to 0.85) [8] | - |" in text
    assert "| median | 0.62 (0.50 to 0.75) |" in text and "| least | 0.12 |" in text
    assert "| noise | 2.0 | 3 | 3 | 3 | 1.50 (0.31 to 4.38) |" in text
    assert "| 0.95 to 1 | 0.50 (2) | 0.50 (2) | 0.50 (2) |" in text
    assert "| usual | -0.25 (-0.38 to -0.12) | -0.25 (-0.38 to +0.50) | - |" in text
    assert "Worse beyond the interval: sparks of usual." in text
