"""The built programs, and results of an analysis without a network: from probability maps that the tests have."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("SPARKWATCH_BINARIES", ROOT / ".build" / "release"))
MIXED = ROOT / "Tests" / "Fixtures" / "post" / "mixed"
SMALL_MODEL = ROOT / "Tests" / "Fixtures" / "unet_tiny" / "weights.safetensors"


@pytest.fixture(scope="session")
def programs():
    return BINARIES


@pytest.fixture(scope="session")
def small_model():
    return SMALL_MODEL


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Folder with `movie_events.json`, masks and the rest of sparks, puffs and waves in 80 frames of 48 x 112."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("sparks", "waves", "puffs"):
        shutil.copy(MIXED / f"prob_{name}.tif", folder / f"movie_{name}.tif")
    command = [BINARIES / "sparkwatch", "analyze", MIXED / "movie.tif", "--model", SMALL_MODEL, "--probabilities", folder]
    options = ["--pixel-size-um", "0.16", "--frame-interval-ms", "7.5", "--output", folder]
    subprocess.run([*command, *options], check=True, capture_output=True)
    return folder
