"""Phases of a study: what is collected of every cell, and how phases are compared within cells."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_study_workflow import analysed

from sparkwatch_tools.study import phase_comparisons
from sparkwatch_tools.study.collect import collect
from sparkwatch_tools.study.figures import draw_phases
from sparkwatch_tools.study.phases import BEFORE, names
from sparkwatch_tools.study.review import review_state
from sparkwatch_tools.study.table import read_study

HEADER = "file,folder,cell,series_id,phase,frame_start,frame_end,event_type,events,area_um2,observed_s"


def cells_table(folder, name, rows):
    """`NAME_cells.csv` of (cell, phase, first frame, sparks, area, seconds); puffs and waves did not occur."""
    lines = [
        f"{name}.tif,/data,{cell},{name},{phase},{start},{start + 9},{event_type},{count if event_type == 'spark' else 0},{area},{seconds}"
        for cell, phase, start, count, area, seconds in rows
        for event_type in ("spark", "wave", "puff")
    ]
    (folder / f"{name}_cells.csv").write_text("\r\n".join([HEADER, *lines]) + "\r\n")


def test_rates_are_those_of_cell_and_phase(tmp_path):
    movies = [("a", "1", "07"), ("b", "1", "07"), ("c", "1", "08"), ("d", "2", "01")]
    text = "".join(f"{movie}.tif,{animal},{cell},x\n" for movie, animal, cell in movies)
    (tmp_path / "study.csv").write_text("movie,animal,cell,condition\n" + text)
    two = [{"cell": number, "area_um2": 100 * number, "observed_s": 10} for number in (1, 2)]
    for movie, _, _ in movies:
        analysed(tmp_path / "movies" / movie, movie, two if movie == "c" else [], [(f"{movie}-1", 1)])
    cells_table(tmp_path / "movies" / "a", "a", [(1, "", 0, 3, 200, 5), (1, "ISO", 10, 6, 200, 4), (1, "wash", 20, 1, 200, 2)])
    # The same cell again: one phase occurs twice, none comes before the first mark.
    cells_table(tmp_path / "movies" / "b", "b", [(1, "ISO", 0, 2, 100, 5), (1, "wash", 10, 0, 100, 5), (1, "ISO", 20, 1, 100, 5)])
    cells_table(tmp_path / "movies" / "c", "c", [(c, p, f, n, 100 * c, 10) for c in (1, 2) for p, f, n in (("", 0, c), ("ISO", 10, 5))])
    # Without marks nothing is known of phases.
    cells_table(tmp_path / "movies" / "d", "d", [(1, "", 0, 9, 100, 10)])
    study = read_study(tmp_path / "study.csv")
    phases = collect(study, tmp_path, review_state(study, tmp_path))["phases"]
    assert list(phases["cell"] + " " + phases["phase"]) == [
        *(f"07 {phase}" for phase in (BEFORE, "ISO", "wash")),
        *(f"08/{cell} {phase}" for cell in (1, 2) for phase in (BEFORE, "ISO")),
    ]
    iso = phases.iloc[1]
    assert (iso["movies"], iso["spark_events"], iso["observed_s"]) == (2, 9, 14)
    # 2 x 4 + 1 x 5 + 1 x 5, in 100 µm² s; the exact interval of nine is 4.115 to 17.085.
    assert iso["exposure_100um2_s"] == 18 and iso["spark_per_100um2_per_s"] == 0.5
    assert iso["spark_per_100um2_per_s_low95"] == pytest.approx(4.115 / 18, rel=1e-3)
    assert iso["spark_per_100um2_per_s_high95"] == pytest.approx(17.085 / 18, rel=1e-3)
    assert list(phases["spark_events"])[3:] == [1, 5, 2, 5] and names(phases) == [BEFORE, "ISO", "wash"]


def tables(seed, animals=5, cells=4, rate_ratio=1.0, size_ratio=1.0, response_sd=0.0):
    """Cells that differ much from each other, under two phases, with a known ratio between these that may differ by animal."""
    random = np.random.default_rng(seed)
    phases, events = [], []
    for animal in range(animals):
        level, response = random.normal(0, 0.5), np.exp(random.normal(0, response_sd))
        for cell in range(cells):
            usual, size = 40 * np.exp(level + random.normal(0, 0.5)), np.exp(random.normal(3.4, 0.4))
            for place, phase in enumerate((BEFORE, "ISO")):
                count = int(random.poisson(usual * (rate_ratio * response) ** place))
                who = {"condition": "x", "animal": str(animal), "cell": str(cell), "phase": phase}
                phases.append(who | {"exposure_100um2_s": 20.0, "spark_events": count, "puff_events": 0, "wave_events": 0})
                sizes = size * size_ratio**place * np.exp(random.normal(0, 0.2, count))
                # A phase without a name stands so in tables of events.
                events += [who | {"phase": None if place == 0 else phase, "event_type": "spark", "fdhm_ms": value} for value in sizes]
    return {"phases": pd.DataFrame(phases), "events": pd.DataFrame(events)}


def row(found, quantity):
    return found[found["quantity"] == quantity].iloc[0]


def test_phases_are_compared_within_cells():
    made = tables(1, rate_ratio=1.5, size_ratio=1.2)
    # A cell that has one phase only, with a rate far from all others', takes no part.
    alone = made["phases"].iloc[[0]].assign(cell="alone", phase="ISO", spark_events=5000)
    made["phases"] = pd.concat([made["phases"], alone], ignore_index=True)
    found = phase_comparisons.compare(made, ["x"])
    assert set(found["condition"]) == {"x"} and set(found["reference"]) == {BEFORE} and set(found["other"]) == {"ISO"}
    rate, size = row(found, "per_100um2_per_s"), row(found, "fdhm_ms")
    assert (rate["cells_reference"], rate["cells_other"], rate["degrees_of_freedom"]) == (20, 20, 4)
    # With equal exposures the ratio of the sums is what the paired model estimates.
    sums = made["phases"].iloc[:-1].groupby("phase")["spark_events"].sum()
    assert rate["estimate"] == pytest.approx(sums["ISO"] / sums[BEFORE])
    assert rate["low95"] < 1.5 < rate["high95"] and rate["p"] < 0.01 and "paired" in rate["method"]
    assert size["low95"] < 1.2 < size["high95"] and size["high95"] / size["low95"] < 1.25
    # Cells differ by a factor of 1.5: taken as independent they hide this.
    logs = made["events"].assign(y=np.log(made["events"]["fdhm_ms"]), phase=made["events"]["phase"].fillna(BEFORE))
    means = logs.groupby(["animal", "cell", "phase"])["y"].mean().unstack()
    animals = means.groupby("animal").mean()
    paired = stats.ttest_rel(animals["ISO"], animals[BEFORE])
    assert size["p"] < 0.05 and paired.pvalue < 0.05
    assert stats.ttest_ind(means["ISO"], means[BEFORE]).pvalue > size["p"]


def test_phases_that_do_not_differ_are_rarely_found_to():
    """200 studies in which animals change either way, and none on average: p is below 0.05 in ten of them, give or take."""
    p = []
    for seed in range(200):
        made = tables(1000 + seed, response_sd=0.3)
        made["events"] = made["events"].iloc[:0]
        p.append(row(phase_comparisons.compare(made, ["x"]), "per_100um2_per_s")["p"])
    low, high = stats.binom.ppf([0.0005, 0.9995], 200, 0.05)
    assert low <= np.sum(np.array(p) < 0.05) <= high


def test_without_marks_there_is_nothing_to_compare():
    made = tables(1)
    found = phase_comparisons.compare({"phases": made["phases"].iloc[:0], "events": made["events"]}, ["x"])
    assert len(found) == 0 and {"condition", "estimate", "p_holm"} <= set(found.columns)


def test_the_figure_has_every_cell_and_animal():
    made = tables(2)
    made["phases"]["spark_per_100um2_per_s"] = made["phases"]["spark_events"] / made["phases"]["exposure_100um2_s"]
    panel = draw_phases(made["phases"], "spark", ["x"]).axes[0]
    assert len(panel.lines) == 20 + 5 and [text.get_text() for text in panel.get_xticklabels()] == [BEFORE, "ISO"]
