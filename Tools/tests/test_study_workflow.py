"""A small study from folders to the report, with real movies, a bad one, a missing one, an interruption."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from sparkwatch_tools import ToolsError
from sparkwatch_tools.study import steps
from sparkwatch_tools.study.collect import collect
from sparkwatch_tools.study.command import study
from sparkwatch_tools.study.propose import propose
from sparkwatch_tools.study.review import review_state
from sparkwatch_tools.study.table import keys, read_study, read_table


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"II*\0")


def rows(folder, **options):
    table, remarks = propose(folder, options.get("animals_differ", False))
    return table.values.tolist(), remarks


def test_a_table_is_proposed_from_folders(tmp_path):
    touch(
        tmp_path,
        "control/mouse 1/cell 2/05_video.tif",
        "control/mouse 1/cell 10/a.ome.tif",
        "ISO/mouse 2/cell 1/a.tif",
        "ISO/mouse 2/cell 1/a_class.tif",
        "ISO/mouse 2/cell 1/a_event_label.tif",
    )
    found, remarks = rows(tmp_path)
    assert found == [
        ["control/mouse 1/cell 2/05_video.tif", "mouse 1", "cell 2", "control", ""],
        ["control/mouse 1/cell 10/a.ome.tif", "mouse 1", "cell 10", "control", ""],
        ["ISO/mouse 2/cell 1/a.tif", "mouse 2", "cell 1", "ISO", ""],
    ]
    assert remarks == []


def test_cells_are_told_from_names_and_doubts_are_said(tmp_path):
    touch(tmp_path, "drug/M1/cell3_02.tif", "control/M1/cell3_01.tif")
    found, remarks = rows(tmp_path)
    assert found == [
        ["control/M1/cell3_01.tif", "M1", "cell3", "control", ""],
        ["drug/M1/cell3_02.tif", "M1", "cell3", "drug", ""],
    ]
    assert "count as the same animals (paired), their cells" in remarks[0]
    assert [row[1] for row in rows(tmp_path, animals_differ=True)[0]] == ["control/M1", "drug/M1"]
    touch(tmp_path / "flat", "a.tif", "b.tif")
    found, remarks = rows(tmp_path / "flat")
    assert found == [["a.tif", "", "a", "", ""], ["b.tif", "", "b", "", ""]]
    assert "condition is empty for 2 of 2 movies" in remarks[0]


@pytest.mark.parametrize(
    "text, said",
    [
        ("movie,animal,cell\na.tif,1,1\n", "no column condition"),
        ("movie,animal,cell,condition\na.tif,1,,x\n", "line 2: cell is empty"),
        ("movie,animal,cell,condition\na.tif,1,1,x\na.tif,1,1,x\n", "line 3: a.tif stands there twice"),
        ("movie,animal,cell,condition,exclude\na.tif,1,1,x,drift\n", "no movie that is not excluded"),
        ("", "no table"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path, text, said):
    (tmp_path / "study.csv").write_text(text)
    with pytest.raises(ToolsError, match=said):
        read_study(tmp_path / "study.csv")


def test_names_stay_text_and_keys_are_different(tmp_path):
    (tmp_path / "study.csv").write_text("movie,animal,cell,condition\na/05.tif,007,05,1e3\n")
    row = read_study(tmp_path / "study.csv").movies.iloc[0]
    assert (row["animal"], row["cell"], row["condition"], row.name) == ("007", "05", "1e3", "a_05")
    assert len(set(keys(["a/b.tif", "a_b.tif", "a b.tif", "../c.tif"]))) == 4


def test_text_in_tables_stays_text(tmp_path):
    (tmp_path / "t.csv").write_text("series_id,phase,batch,amplitude_dff0\n05,NA,007,0.5\n1e3,,NA,\n")
    table = read_table(tmp_path / "t.csv", ["batch"])
    assert list(table["series_id"]) == ["05", "1e3"] and list(table["batch"]) == ["007", "NA"]
    assert table["phase"][0] == "NA" and pd.isna(table["phase"][1])
    assert table["amplitude_dff0"][0] == 0.5 and pd.isna(table["amplitude_dff0"][1])


def analysed(folder, name, cells, events):
    """Results of an analysis with several cells in the frame, as far as they are collected."""
    folder.mkdir(parents=True)
    run = {
        "outcome": {"cells": cells, "cell": {"area_um2": 300, "observed_s": 10, "origin": "given"}},
        "setup": {
            "movie": {"path": f"{name}.tif", "frames": 100, "height": 8, "width": 8},
            "calibration": {
                quantity: {"value": 1.0, "assumed": False, "origin": "option"} for quantity in ("pixel_size_um", "frame_interval_ms")
            },
        },
    }
    (folder / "state.json").write_text('{"state": "done", "reason": ""}')
    (folder / f"{name}_run.json").write_text(json.dumps(run))
    (folder / f"{name}_events.json").write_text('{"events": [], "cell": null}')
    header = "file,folder,cell,series_id,phase,event_id,event_type,amplitude_dff0"
    lines = [f"{name}.tif,/data,{cell},{name},,{event},spark,0.5" for event, cell in events]
    (folder / f"{name}_events.csv").write_text("\r\n".join([header, *lines]) + "\r\n")


def test_cells_in_a_frame_are_cells_of_their_own(tmp_path):
    (tmp_path / "study.csv").write_text("movie,animal,cell,condition,batch\n05.tif,1,07,x,010\n06.tif,1,08,x,NA\n")
    cells = [{"cell": 1, "area_um2": 100, "observed_s": 10}, {"cell": 2, "area_um2": 200, "observed_s": 10}]
    analysed(tmp_path / "movies" / "05", "05", cells, [("a-1", 1), ("a-2", 1), ("a-3", 2), ("a-4", "")])
    analysed(tmp_path / "movies" / "06", "06", [], [("b-1", 1)])
    study_table = read_study(tmp_path / "study.csv")
    tables = collect(study_table, tmp_path, review_state(study_table, tmp_path))
    assert list(tables["cells"]["cell"]) == ["07/1", "07/2", "08"]
    assert list(tables["cells"]["spark_events"]) == [2, 1, 1]
    assert list(tables["cells"]["exposure_100um2_s"]) == [10, 20, 30]
    assert list(tables["events"]["cell"]) == ["07/1", "07/1", "07/2", "07/none", "08"]
    assert list(tables["events"]["batch"]) == ["010"] * 4 + ["NA"]
    # The frame with two cells was observed once.
    assert list(tables["animals"]["observed_s"]) == [20] and list(tables["animals"]["exposure_100um2_s"]) == [60]


def test_events_of_old_results_are_told_apart(tmp_path):
    (tmp_path / "study.csv").write_text("movie,animal,cell,condition\na/05.tif,1,1,x\nb/05.tif,1,2,x\n")
    for key in ("a_05", "b_05"):
        analysed(tmp_path / "movies" / key, "05", [], [("same-1", 1)])
    study_table = read_study(tmp_path / "study.csv")
    tables = collect(study_table, tmp_path, review_state(study_table, tmp_path))
    assert list(tables["events"]["event_id"]) == ["a/05/same-1", "b/05/same-1"]


@pytest.fixture(scope="module")
def movies(tmp_path_factory, programs):
    """Two conditions, two animals each, a movie each; and one file that is no movie, one that is missing, one excluded."""
    folder = tmp_path_factory.mktemp("study")
    options = ["--count", "4", "--frames", "40", "--height", "32", "--width", "64", "--seed", "5", "--snr", "6"]
    subprocess.run([programs / "sparksim", "synth", "--output", folder / "made", *options], check=True, capture_output=True)
    for index in range(4):
        place = folder / "movies" / ("control" if index < 2 else "drug") / f"mouse {index + 1}" / "cell 1"
        place.mkdir(parents=True)
        # The same name in every folder: identities have to come from the folders.
        shutil.copy(folder / "made" / f"{index + 1:02}_video.tif", place / "05_video.tif")
        if index < 2:
            (place / "05_marks.csv").write_text("frame,label\n20,ISO\n")
    (folder / "movies" / "drug" / "mouse 4" / "cell 1" / "bad.tif").write_bytes(b"II*\0 no movie")
    study(["propose", str(folder / "movies")])
    table = folder / "movies" / "study.csv"
    text = table.read_text()
    table.write_text(
        text
        + "control/mouse 1/cell 1/gone.tif,mouse 1,cell 1,control,\ncontrol/mouse 1/cell 1/shaky.tif,mouse 1,cell 1,control,it drifts\n"
    )
    return folder / "movies"


def command(movies, programs, small_model, output):
    options = f"--streaming --threshold 0.3 --no-masks --model '{small_model}'"
    return [
        "run",
        str(movies / "study.csv"),
        "--output",
        str(output),
        "--sparkwatch",
        str(programs / "sparkwatch"),
        "--analyze",
        options,
        "--cores",
        "2",
    ]


@pytest.fixture(scope="module")
def ran(movies, programs, small_model, tmp_path_factory):
    """The study, killed in the middle with all that it started, and run again to its end."""
    output = tmp_path_factory.mktemp("out") / "results"
    words = command(movies, programs, small_model, output)
    first = subprocess.Popen(
        [sys.executable, "-c", "from sparkwatch_tools.study.command import main; main()", *words],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not any(output.glob("movies/*/state.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert any(output.glob("movies/*/state.json")) and not (output / "report.html").exists()
    assert study(words) == 0
    return output


def test_what_was_interrupted_is_completed(ran):
    tables = {path.stem: read_table(path) for path in (ran / "tables").glob("*.csv")}
    movies = tables["movies"].set_index("movie")
    assert list(movies["state"].value_counts().sort_index().items()) == [("done", 4), ("excluded", 1), ("failed", 2)]
    assert "does not exist" in movies.loc["control/mouse 1/cell 1/gone.tif", "reason"]
    assert "Can not read TIFF directory" in movies.loc["drug/mouse 4/cell 1/bad.tif", "reason"]
    assert movies.loc["control/mouse 1/cell 1/shaky.tif", "reason"] == "it drifts"
    events = tables["events"]
    assert len(events) > 3 and events["event_id"].is_unique
    assert {"file", "folder", "cell", "series_id", "phase", "reasons", "assumed", "blank_origin"} <= set(events.columns)
    # The movies are all called 05: text stays text, and events are told apart all the same.
    assert set(events["series_id"]) == {"05"} and events["file"].eq("05_video.tif").all()
    assert list(tables["animals"]["animal"]) == ["mouse 1", "mouse 2", "mouse 3", "mouse 4"]
    counted = events.groupby(["animal", "event_type"]).size()
    for _, animal in tables["animals"].iterrows():
        for event_type in ("spark", "puff", "wave"):
            assert animal[f"{event_type}_events"] == counted.get((animal["animal"], event_type), 0)


def test_marks_become_phases(ran):
    phases, events = (read_table(ran / "tables" / f"{name}.csv") for name in ("phases", "events"))
    assert list(phases["animal"]) == ["mouse 1", "mouse 1", "mouse 2", "mouse 2"]
    assert list(phases["phase"]) == ["before the first mark", "ISO"] * 2
    of_control = events[events["condition"] == "control"]
    assert phases["spark_events"].sum() == (of_control["event_type"] == "spark").sum()
    after = of_control[(of_control["phase"] == "ISO") & (of_control["event_type"] == "spark")]
    assert phases.loc[phases["phase"] == "ISO", "spark_events"].sum() == len(after) == (after["frame_start"] >= 20).sum()
    text = (ran / "report.html").read_text()
    assert "<h2>Phases</h2>" in text and "ISO : before the first mark" in text or "No cell has two phases" in text


def test_the_report_holds_everything(ran):
    text = (ran / "report.html").read_text()
    assert "2 of 7 movies could not be analysed" in text and "1 of 7 movies excluded by hand" in text
    assert "<svg" in text and "Hedges" in text and "http://www.w3.org" in text
    methods = (ran / "methods.md").read_text()
    assert "control: 2 animals, 2 cells, 2 movies" in methods and "2 movies could not be analysed" in methods
    names = (ran / "figures" / "list.txt").read_text().split()
    assert names
    for name in names:
        assert (ran / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (ran / "figures" / f"{name}.svg").read_text().startswith("<?xml")


def test_nothing_is_done_twice(ran, movies, programs, small_model, capfd):
    assert study([*command(movies, programs, small_model, ran), "--dry-run"]) == 0
    assert "Nothing to be done" in "".join(capfd.readouterr())


def test_the_same_results_come_out_bit_for_bit(ran, movies, tmp_path, monkeypatch):
    for name in ("movies", "review.csv"):
        copy = shutil.copytree if (ran / name).is_dir() else shutil.copy
        copy(ran / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    table = read_study(movies / "study.csv")
    for step in (steps.review, steps.collect, steps.statistics, steps.figures, steps.report):
        step(table)
    files = [
        path.relative_to(ran)
        for kind in ("tables/*.csv", "figures/*", "*.md", "*.html", "*.csv")
        for path in sorted(ran.glob(kind))
    ]
    assert len(files) > 10
    assert [str(path) for path in files if (ran / path).read_bytes() != (tmp_path / path).read_bytes()] == []


def test_a_folder_with_other_things_is_left_alone(movies, programs, small_model, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ToolsError, match="holds something else"):
        study(command(movies, programs, small_model, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_same_work_is_handed_to_slurm():
    """What is said to Snakemake; a real cluster is tried by Tools/try-slurm."""
    from sparkwatch_tools.study.command import parser, snakemake

    options = parser().parse_args(
        ["run", "study.csv", "--slurm", "--jobs", "7", "--partition", "short", "--memory-mb", "900", "--cores", "2"]
    )
    words = snakemake(options, Path("/results"), ["--quiet"])
    assert words[words.index("--executor") + 1] == "slurm" and words[words.index("--jobs") + 1] == "7"
    assert {"mem_mb=900", "runtime=60", "slurm_partition=short"} <= set(words) and words[-1] == "--quiet"
