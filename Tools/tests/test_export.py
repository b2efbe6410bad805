"""Results in other programs' formats, opened by those programs' own readers."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import ome_zarr.io
import ome_zarr.reader
import pynwb
import pytest
import roifile
import tensorstore
import tifffile
import yaozarrs
from nwbinspector import Importance, inspect_nwbfile
from scipy import ndimage

from sparkwatch_tools.exporting.command import export_all
from sparkwatch_tools.exporting.outlines import outlines
from sparkwatch_tools.palette import CLASS_COLOURS

IMAGEJ = Path("/usr/share/java/ij.jar")


@pytest.fixture
def events(results):
    return json.loads((results / "movie_events.json").read_text())["events"]


@pytest.fixture(scope="module")
def instances(results):
    return tifffile.imread(results / "movie_instances.tif")


def number(event):
    return int(event["event_id"].split("-")[1])


def area(path):
    """With sign, by the shoelace formula."""
    x, y = path.T
    return (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2


@pytest.mark.parametrize("seed", range(30))
def test_outlines_hold_exactly_the_pixels(seed):
    random = np.random.default_rng(seed)
    mask = ndimage.uniform_filter(random.random((17, 23)), random.integers(1, 4)) > 0.5
    paths = outlines(mask)
    assert sum(area(path) for path in paths) == mask.sum()
    components = ndimage.label(mask)[1]
    assert sum(area(path) > 0 for path in paths) == components


@pytest.mark.skipif(not IMAGEJ.exists(), reason="ImageJ is not installed; .ci/setup-readers does that")
@pytest.mark.parametrize("every_frame", [False, True])
def test_imagej_finds_every_pixel_of_every_event(results, events, instances, tmp_path, every_frame):
    options = ["--every-frame"] if every_frame else []
    assert export_all(["imagej", str(results), "--output", str(tmp_path), *options]) == 0
    command = ["java", "-cp", IMAGEJ, Path(__file__).with_name("OpenRois.java"), tmp_path / "movie_rois.zip"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {}
    for name, position, pixels, x, y, colour, identity in (line.split("\t") for line in lines):
        found[int(name.split()[0]), int(position) - 1] = int(pixels), int(x), int(y), colour, identity
    expected = {}
    for event in events:
        mask = instances == number(event)
        frames = np.flatnonzero(mask.any(axis=(1, 2))) if every_frame else [event["frame_peak"]]
        for frame in frames:
            seen = mask[frame] if every_frame else mask.any(axis=0)
            rows, columns = np.nonzero(seen)
            expected[number(event), int(frame)] = (
                int(seen.sum()),
                int(columns.min()),
                int(rows.min()),
                CLASS_COLOURS[event["event_type"]][1:],
                event["event_id"],
            )
    assert len(expected) >= len(events) > 3
    assert found == expected


def test_roifile_reads_what_it_wrote(results, events, tmp_path):
    export_all(["imagej", str(results), "--output", str(tmp_path)])
    assert sorted(roi.name for roi in roifile.roiread(tmp_path / "movie_rois.zip")) == sorted(
        f"{number(event):06} {event['event_type']}" for event in events
    )


def test_nwb_is_valid_and_holds_every_event(results, events, instances, tmp_path):
    given = [
        "--session-start",
        "2026-11-30T14:05:00+01:00",
        "--subject",
        "M7",
        "--species",
        "Mus musculus",
        "--sex",
        "F",
        "--age",
        "P12W",
        "--lab",
        "Heart",
        "--institution",
        "University",
        "--experimenter",
        "Doe, Jane",
        "--indicator",
        "Fluo-4 AM",
        "--location",
        "left ventricular myocyte",
        "--microscope",
        "confocal",
        "--excitation-nm",
        "488",
        "--emission-nm",
        "526",
        "--session-description",
        "Spontaneous sparks at rest",
    ]
    assert export_all(["nwb", str(results), "--output", str(tmp_path), *given]) == 0
    path = tmp_path / "movie.nwb"
    assert pynwb.validate(path=path) in ([], ([], 0))
    # One check wants places in the atlas of the mouse's brain, and says itself that others may ignore it.
    messages = list(
        inspect_nwbfile(
            nwbfile_path=path,
            importance_threshold=Importance.BEST_PRACTICE_VIOLATION,
            ignore=["check_imaging_plane_location_allen_ccf"],
        )
    )
    assert [f"{message.check_function_name}: {message.message}" for message in messages] == []
    with pynwb.NWBHDF5IO(path, "r") as io:
        file = io.read()
        regions = file.processing["ophys"]["events_of_the_cell"]["event_pixels"]
        rows = {}
        for event_type in ("spark", "puff", "wave"):
            if f"calcium_{event_type}" + "s" in file.events:
                for _, row in file.get_events_table(f"calcium_{event_type}s").to_dataframe().iterrows():
                    rows[row["event_id"]] = row, event_type
        assert sorted(rows) == sorted(event["event_id"] for event in events)
        for event in events:
            row, event_type = rows[event["event_id"]]
            assert event_type == event["event_type"]
            assert row["timestamp"] == pytest.approx(event["t_start_ms"] / 1e3)
            assert row["duration"] == pytest.approx(event["duration_ms"] / 1e3)
            for name, value in event["params"].items():
                assert name not in row or (np.isnan(row[name]) if value is None else row[name] == pytest.approx(value))
            pixels = regions["pixel_mask"][int(row["pixels_row"])]
            mask = (instances == number(event)).any(axis=0)
            assert {(x, y) for x, y, _ in pixels} == {(x, y) for y, x in np.argwhere(mask)}


def test_nwb_is_valid_with_the_date_alone(results, tmp_path):
    assert export_all(["nwb", str(results), "--output", str(tmp_path), "--session-start", "2026-11-30 14:05"]) == 0
    messages = inspect_nwbfile(nwbfile_path=tmp_path / "movie.nwb", importance_threshold=Importance.CRITICAL)
    # The animal is left out, not invented.
    assert {message.check_function_name for message in messages} <= {"check_subject_exists"}


def test_nwb_asks_when_the_movie_was_taken(results, tmp_path, capsys):
    assert export_all(["nwb", str(results), "--output", str(tmp_path)]) == 1
    assert "give --session-start" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_two_readers_open_the_zarr(results, events, instances, tmp_path, version):
    assert export_all(["zarr", str(results), "--output", str(tmp_path), "--ome-zarr-version", version]) == 0
    path = tmp_path / "movie.ome.zarr"
    movie = tifffile.imread(json.loads((results / "movie_run.json").read_text())["setup"]["movie"]["path"])
    classes = tifffile.imread(results / "movie_class.tif")
    yaozarrs.validate_zarr_store(str(path))
    for name, expected in (("", movie), ("labels/instances", instances), ("labels/classes", classes)):
        driver = "zarr" if version == "0.4" else "zarr3"
        store = tensorstore.open(
            {"driver": driver, "kvstore": {"driver": "file", "path": f"{path}/{name}/0".replace("//", "/")}}
        ).result()
        assert (store.read().result() == expected).all()
    nodes = list(ome_zarr.reader.Reader(ome_zarr.io.parse_url(str(path)))())
    by_name = {node.metadata.get("name"): node for node in nodes}
    assert (np.asarray(by_name["instances"].data[0]) == instances).all()
    assert (np.asarray(by_name["movie"].data[0]) == movie).all()
    scales = by_name["movie"].metadata["coordinateTransformations"][0][0]["scale"]
    assert scales == pytest.approx([7.5, 0.16, 0.16])
    assert len(by_name["instances"].metadata["color"]) >= len(events)


def test_masks_of_another_analysis_are_refused(results, instances, tmp_path, capsys):
    folder = shutil.copytree(results, tmp_path / "other")
    changed = instances.copy()
    changed[changed == 1] = 0
    tifffile.imwrite(folder / "movie_instances.tif", changed)
    assert export_all(["imagej", str(folder)]) == 1
    assert "do not belong together" in capsys.readouterr().err
    assert not (folder / "movie_rois.zip").exists()


def test_nothing_is_replaced(results, tmp_path, capsys):
    (tmp_path / "movie_rois.zip").write_text("mine")
    assert export_all(["imagej", str(results), "--output", str(tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "movie_rois.zip").read_text() == "mine"
