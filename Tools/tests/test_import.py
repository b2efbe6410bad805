"""Every format in, OME-TIFF out: pixels, channel, plane and calibration, as tifffile and Sparkwatch read them."""

import csv
import json
import subprocess
import tracemalloc

import numpy as np
import ome_types
import pytest
import tifffile

from binary_files import write_mmstack, write_nd2
from sparkwatch_tools.importing.command import import_all
from vendor_files import (
    movie,
    write_czi,
    write_lif,
    write_metamorph,
    write_micromanager_images,
    write_ndtiff,
    write_oif,
    write_scanimage,
    write_stk,
    write_zarr,
)

NAMES = ["Fluo-4", "WGA"]
PIXEL_UM, INTERVAL_MS = 0.215, 7.25
TIMES_MS = np.arange(6) * INTERVAL_MS


def lif(folder, pixels):
    write_lif(folder / "cell.lif", [("cell", pixels, NAMES, PIXEL_UM * 1e-6, INTERVAL_MS / 1e3, None)])
    return folder / "cell.lif"


def nd2(folder, pixels):
    write_nd2(folder / "cell.nd2", pixels, NAMES, PIXEL_UM, TIMES_MS)
    return folder / "cell.nd2"


def czi(folder, pixels):
    write_czi(folder / "cell.czi", pixels, NAMES, PIXEL_UM * 1e-6, INTERVAL_MS / 1e3)
    return folder / "cell.czi"


def oif(folder, pixels):
    write_oif(folder / "cell.oif", pixels, NAMES, PIXEL_UM, INTERVAL_MS)
    return folder / "cell.oif"


def scanimage(folder, pixels):
    fov = PIXEL_UM * pixels.shape[4], PIXEL_UM * pixels.shape[3]
    write_scanimage(folder / "cell.tif", pixels, NAMES, INTERVAL_MS / 1e3, fov)
    return folder / "cell.tif"


def micromanager(folder, pixels):
    write_micromanager_images(folder, pixels, NAMES, PIXEL_UM, INTERVAL_MS)
    return folder


def micromanager_14(folder, pixels):
    write_micromanager_images(folder, pixels, NAMES, PIXEL_UM, INTERVAL_MS, version=1)
    return folder


def mmstack(folder, pixels):
    write_mmstack(folder / "cell_MMStack_Pos0.ome.tif", pixels, NAMES, PIXEL_UM, INTERVAL_MS)
    return folder


def ndtiff(folder, pixels):
    write_ndtiff(folder / "data", pixels, NAMES, PIXEL_UM, INTERVAL_MS)
    return next(path.parent for path in folder.rglob("NDTiff.index"))


def zarr_05(folder, pixels):
    write_zarr(folder / "cell.ome.zarr", pixels, NAMES, PIXEL_UM, INTERVAL_MS)
    return folder / "cell.ome.zarr"


def zarr_04(folder, pixels):
    write_zarr(folder / "cell.zarr", pixels, NAMES, PIXEL_UM, INTERVAL_MS, version="0.4")
    return folder / "cell.zarr"


def imagej(folder, pixels):
    tifffile.imwrite(
        folder / "cell.tif",
        pixels.transpose(0, 2, 1, 3, 4),
        imagej=True,
        resolution=(1 / PIXEL_UM, 1 / PIXEL_UM),
        metadata={"axes": "TZCYX", "unit": "micron", "finterval": INTERVAL_MS / 1e3},
    )
    return folder / "cell.tif"


def ome(folder, pixels):
    tifffile.imwrite(
        folder / "cell.ome.tif",
        pixels,
        ome=True,
        metadata={
            "axes": "TCZYX",
            "PhysicalSizeX": PIXEL_UM,
            "PhysicalSizeY": PIXEL_UM,
            "TimeIncrement": INTERVAL_MS,
            "TimeIncrementUnit": "ms",
            "Channel": {"Name": NAMES},
        },
    )
    return folder / "cell.ome.tif"


ALL = [lif, nd2, czi, oif, scanimage, micromanager, micromanager_14, mmstack, ndtiff, zarr_05, zarr_04, imagej, ome]
WITH_PLANES = [lif, nd2, czi, oif, micromanager, mmstack, zarr_05, imagej, ome]


def imported(arguments, output):
    assert import_all([*map(str, arguments), "--output", str(output)]) == 0
    with tifffile.TiffFile(output) as file:
        return file.asarray(), ome_types.from_xml(file.ome_metadata).images[0].pixels


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_the_chosen_channel_arrives_with_its_calibration(make, tmp_path):
    pixels = movie(channels=2)
    (tmp_path / "in").mkdir()
    found, header = imported([make(tmp_path / "in", pixels), "--channel", "2"], tmp_path / "out.ome.tif")
    assert found.dtype == np.uint16 and (found == pixels[:, 1, 0]).all()
    assert header.physical_size_x == pytest.approx(PIXEL_UM, rel=1e-4)
    assert header.physical_size_y == pytest.approx(PIXEL_UM, rel=1e-4)
    assert header.time_increment * 1e3 == pytest.approx(INTERVAL_MS, rel=1e-4)


@pytest.mark.parametrize("make", WITH_PLANES, ids=lambda make: make.__name__)
def test_the_chosen_plane_arrives(make, tmp_path):
    pixels = movie(channels=2, planes=3)
    (tmp_path / "in").mkdir()
    path = make(tmp_path / "in", pixels)
    found, _ = imported([path, "--channel", "1", "--plane", "2"], tmp_path / "out.ome.tif")
    assert (found == pixels[:, 0, 1]).all()


@pytest.mark.parametrize("make", WITH_PLANES, ids=lambda make: make.__name__)
def test_nothing_is_guessed(make, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    path = make(tmp_path / "in", movie(channels=2, planes=3))
    assert import_all([str(path), "--output", str(tmp_path / "out.tif")]) == 1
    assert "2 channels; choose one with --channel: 1 " in capsys.readouterr().err
    assert import_all([str(path), "--output", str(tmp_path / "out.tif"), "--channel", "1"]) == 1
    assert "3 planes; choose one with --plane, 1 to 3" in capsys.readouterr().err
    assert not (tmp_path / "out.tif").exists()


def test_channels_are_named_and_chosen_by_name(tmp_path, capsys):
    pixels = movie(channels=2)
    path = lif(tmp_path, pixels)
    assert import_all([str(path), "--channel", "GFP"]) == 1
    assert "1 Fluo-4, 2 WGA" in capsys.readouterr().err
    found, header = imported([path, "--channel", "wga"], tmp_path / "out.tif")
    assert (found == pixels[:, 1, 0]).all()
    assert header.channels[0].name == "WGA"


def test_series_are_named_and_all_can_be_taken(tmp_path, capsys):
    first, second = movie(seed=1), movie(seed=2)
    write_lif(
        tmp_path / "day.lif",
        [(name, pixels, ["a"], 2e-7, 0.007, None) for name, pixels in (("cell 1", first), ("cell 2", second))],
    )
    assert import_all([str(tmp_path / "day.lif")]) == 1
    assert "2 series; choose one with --series: 1 cell 1, 2 cell 2" in capsys.readouterr().err
    assert import_all([str(tmp_path / "day.lif"), "--series", "all", "--output", str(tmp_path / "out")]) == 0
    assert (tifffile.imread(tmp_path / "out" / "day_cell_1.ome.tif") == first[:, 0, 0]).all()
    assert (tifffile.imread(tmp_path / "out" / "day_cell_2.ome.tif") == second[:, 0, 0]).all()


@pytest.mark.parametrize("positions", [2, 3])
def test_positions_of_nd2_are_series(tmp_path, positions):
    pixels = movie(planes=2)
    write_nd2(tmp_path / "a.nd2", pixels, ["Fluo-4"], 0.2, TIMES_MS, positions=positions)
    found, _ = imported([tmp_path / "a.nd2", "--series", "2", "--plane", "2"], tmp_path / "out.tif")
    assert (found == pixels[:, 0, 1] + 1).all()


def test_scenes_of_czi_are_series(tmp_path):
    pixels = movie()
    write_czi(tmp_path / "a.czi", pixels, ["Fluo-4"], 2e-7, 0.007, scenes=2)
    found, _ = imported([tmp_path / "a.czi", "--series", "scene 2"], tmp_path / "out.tif")
    assert (found == pixels[:, 0, 0] + 1).all()


def test_times_beat_plans_and_lost_frames_are_said(tmp_path, capsys):
    times = np.array([0, 7.25, 14.5, 29, 36.25, 43.5])
    write_nd2(tmp_path / "a.nd2", movie(), ["Fluo-4"], 0.2, times, planned_ms=5.0)
    _, header = imported([tmp_path / "a.nd2"], tmp_path / "out.tif")
    assert header.time_increment == pytest.approx(0.00725)
    assert [plane.delta_t for plane in header.planes] == pytest.approx(list(times / 1e3))
    said = capsys.readouterr().err
    assert "1 of 5 steps" in said and "the times of the frames say 7.25 ms, the file 5 ms" in said


def test_coarse_clocks_give_the_mean_interval_and_no_times_of_frames(tmp_path):
    """Leica's clock has whole milliseconds: differences of 6.8 ms are 6 or 7."""
    times = np.floor(np.arange(200) * 6.8)
    write_lif(tmp_path / "a.lif", [("a", movie(frames=200, height=4, width=4), ["Fluo-4"], 2e-7, 0.0068, times)])
    _, header = imported([tmp_path / "a.lif"], tmp_path / "out.tif")
    assert header.time_increment == pytest.approx(0.0068, rel=2e-3)
    assert not header.planes or header.planes[1].delta_t is None


def test_what_is_not_stated_is_not_written(tmp_path, capsys):
    tifffile.imwrite(tmp_path / "plain.tif", movie()[:, 0, 0], photometric="minisblack", metadata=None)
    _, header = imported([tmp_path / "plain.tif"], tmp_path / "out.ome.tif")
    assert header.physical_size_x is None and header.time_increment is None
    said = capsys.readouterr()
    assert "the pixel size is not stated" in said.err and "the frame interval is not stated" in said.err
    assert "pixel size not stated, frame interval not stated" in said.out


def test_options_win_and_a_difference_is_said(tmp_path, capsys):
    path = lif(tmp_path, movie(channels=2))
    _, header = imported(
        [path, "--channel", "1", "--pixel-size-um", "0.3", "--frame-interval-ms", "7.25"], tmp_path / "out.tif"
    )
    assert header.physical_size_x == 0.3
    assert "the pixel size given, 0.3 µm, is not that of the file, 0.215 µm" in capsys.readouterr().err


def test_signed_counts_are_lifted_without_loss(tmp_path, capsys):
    pixels = movie(channels=2).astype(np.int16) - 900
    path = scanimage(tmp_path, pixels)
    found, _ = imported([path, "--channel", "1"], tmp_path / "out.tif")
    assert found.dtype == np.uint16 and found.min() == 0
    assert (found.astype(int) - pixels[:, 0, 0] == -pixels[:, 0, 0].min()).all()
    assert "counts were added to all" in capsys.readouterr().err


def test_scanimage_bigtiff_with_interleaved_channels(tmp_path):
    """Without the header that ScanImage writes before the pages, the software tag has to do."""
    pixels = movie(channels=2)
    write_scanimage(tmp_path / "a.tif", pixels, NAMES, 0.03, (10, 8), bigtiff=True)
    found, header = imported([tmp_path / "a.tif", "--channel", "WGA"], tmp_path / "out.tif")
    assert (found == pixels[:, 1, 0]).all() and header.time_increment == pytest.approx(0.03)


def test_metamorph_stack_and_nd(tmp_path):
    pixels = movie(channels=2)
    write_stk(tmp_path / "a.stk", pixels[:, 0, 0], 0.16, 50)
    found, header = imported([tmp_path / "a.stk"], tmp_path / "stk.tif")
    assert (found == pixels[:, 0, 0]).all()
    assert header.physical_size_x == pytest.approx(0.16) and header.time_increment == pytest.approx(0.05)
    found, header = imported([write_metamorph(tmp_path, pixels, NAMES, 0.16), "--channel", "WGA"], tmp_path / "nd.tif")
    assert (found == pixels[:, 1, 0]).all()
    assert header.physical_size_x == pytest.approx(0.16, rel=1e-3) and header.time_increment is None


def test_planes_can_be_time(tmp_path, capsys):
    pixels = movie(frames=1, planes=6)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels[0, 0], imagej=True, metadata={"axes": "ZYX"})
    assert import_all([str(path), "--output", str(tmp_path / "out.tif")]) == 1
    assert "--planes-are-time" in capsys.readouterr().err
    found, _ = imported([path, "--planes-are-time"], tmp_path / "out.tif")
    assert (found == pixels[0, 0]).all()


def test_an_image_that_is_missing_is_named(tmp_path, capsys):
    write_micromanager_images(tmp_path, movie(), ["Fluo-4"], 0.2, 7)
    listed = json.loads((tmp_path / "metadata.txt").read_text())
    del listed["Metadata-Default/img_channel000_position000_time000000003_z000.tif"]
    (tmp_path / "metadata.txt").write_text(json.dumps(listed))
    assert import_all([str(tmp_path)]) == 1
    assert "1 of 6 images are missing" in capsys.readouterr().err


def test_frames_without_any_light_are_said(tmp_path, capsys):
    pixels = movie()
    pixels[4] = 0
    path = tmp_path / "a.nd2"
    write_nd2(path, pixels, ["Fluo-4"], 0.2, TIMES_MS)
    imported([path], tmp_path / "out.tif")
    assert "1 frames have one value only, the first is frame 4" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a.nd2", "a.lif", "a.czi", "a.oif", "a.oib", "a.oir", "a.tif", "a.nd", "a.avi"])
def test_what_is_no_movie_is_refused_by_name(tmp_path, capsys, name):
    (tmp_path / name).write_bytes(b"nothing of the kind" * 40)
    assert import_all([str(tmp_path / name)]) == 1
    assert str(tmp_path / name) in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_nothing_is_replaced_and_the_rest_goes_on(tmp_path, capsys):
    path = lif(tmp_path, movie(channels=2))
    (tmp_path / "cell.ome.tif").write_text("mine")
    other = tmp_path / "other"
    other.mkdir()
    assert import_all([str(path), str(nd2(other, movie(channels=2))), "--channel", "1"]) == 1
    assert (tmp_path / "cell.ome.tif").read_text() == "mine"
    assert "is there already" in capsys.readouterr().err
    assert (other / "cell.ome.tif").exists()


def test_memory_does_not_grow_with_the_movie(tmp_path):
    frames, side = 400, 128
    pixels = movie(frames=frames, height=side, width=side)
    write_nd2(tmp_path / "a.nd2", pixels, ["Fluo-4"], 0.2, np.arange(frames) * 7.0)
    tracemalloc.start()
    imported_bytes = import_all([str(tmp_path / "a.nd2"), "--output", str(tmp_path / "out.tif")])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert imported_bytes == 0
    assert peak < pixels.nbytes / 2


@pytest.fixture(scope="module")
def annotated(tmp_path_factory, programs):
    folder = tmp_path_factory.mktemp("annotated")
    options = ["--count", "1", "--frames", "200", "--height", "32", "--width", "128", "--seed", "3", "--snr", "5"]
    subprocess.run([programs / "sparksim", "synth", "--output", folder, *options], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("stated", [True, False])
def test_sparkwatch_takes_the_calibration_that_was_imported(tmp_path, annotated, programs, small_model, stated):
    pixels = tifffile.imread(annotated / "01_video.tif")[:, None, None]
    write_nd2(tmp_path / "01.nd2", pixels, ["Fluo-4"], 0.31 if stated else 0.0, np.arange(len(pixels)) * 8.125, bits=16)
    imported([tmp_path / "01.nd2"], tmp_path / "01_video.tif")
    write_nd2(tmp_path / "short.nd2", pixels[:40], ["Fluo-4"], 0.31 if stated else 0.0, np.arange(40) * 8.125, bits=16)
    imported([tmp_path / "short.nd2"], tmp_path / "short.tif")
    command = [
        programs / "sparkwatch",
        "analyze",
        tmp_path / "short.tif",
        "--streaming",
        "--no-masks",
        "--model",
        small_model,
        "--threshold",
        "0.3",
    ]
    subprocess.run([*command, "--output", tmp_path / "found"], check=True, capture_output=True)
    calibration = json.loads((tmp_path / "found" / "short_run.json").read_text())["setup"]["calibration"]
    assert (calibration["frame_interval_ms"]["value"], calibration["frame_interval_ms"]["assumed"]) == (8.125, False)
    assert calibration["pixel_size_um"]["assumed"] is not stated
    command = [
        programs / "sparkwatch",
        "measure",
        tmp_path / "01_video.tif",
        "--labels",
        annotated,
        "--output",
        tmp_path / "measured",
    ]
    ended = subprocess.run(command, capture_output=True, text=True)
    if not stated:
        assert ended.returncode != 0 and "does not tell its pixel size" in ended.stderr
        return
    with open(tmp_path / "measured" / "01_events.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    assert rows and calibration["pixel_size_um"]["value"] == 0.31
    for row in rows:
        frames = int(row["frame_end"]) - int(row["frame_start"]) + 1
        assert float(row["duration_ms"]) == pytest.approx(frames * 8.125, rel=1e-3)
        assert float(row["area_um2"]) == pytest.approx(int(row["area_px"]) * 0.31**2, rel=1e-3)
