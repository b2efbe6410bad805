"""Small synthetic recordings, and the folder of expected results."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


def write_recording(folder, name, frames=80, height=24, width=40, seed=0):
    """A noisy movie with one bright block per class and some undefined voxels."""
    rng = np.random.default_rng(seed)
    video = rng.poisson(40, (frames, height, width)).astype(np.uint16) * 50 + 1000
    classes = np.zeros(video.shape, np.uint8)
    events = np.zeros(video.shape, np.uint16)
    for number, label in enumerate((1, 2, 3, 1), start=1):
        t, x = 10 * number, 9 * (number - 1)
        block = np.s_[t : t + 8, 4:16, x : x + 8]
        video[block] += 4000
        classes[block], events[block] = label, number
    classes[60:64, 18:22, :4] = 4
    tifffile.imwrite(folder / f"{name}_video.tif", video, photometric="minisblack")
    tifffile.imwrite(folder / f"{name}_class_label.tif", classes, photometric="minisblack")
    tifffile.imwrite(folder / f"{name}_event_label.tif", events, photometric="minisblack")


@pytest.fixture
def data_folder(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for number in (1, 2):
        write_recording(folder, f"{number:02d}", seed=number)
    return folder


@pytest.fixture
def fixtures():
    if not FIXTURES.exists():
        pytest.skip(f"no expected results at {FIXTURES}")
    return FIXTURES
