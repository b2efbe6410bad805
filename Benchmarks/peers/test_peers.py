import json
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parent))
import engines  # noqa: E402
import report  # noqa: E402

TINY = Path(__file__).resolve().parents[2] / "Tests/Fixtures/unet_tiny"


def test_pytorch_gives_the_expected_probabilities():
    movie = load_file(TINY / "input.safetensors")["input"].reshape(32, 16, 32).numpy()
    expected = load_file(TINY / "expected.safetensors")["probabilities"].reshape(4, 32, 16, 32).numpy()
    found = engines.PyTorch(TINY / "weights.safetensors", threads=1).run(movie)
    assert abs(found - expected).max() < 1e-5


@pytest.fixture
def result():
    times = {report.OURS: [100.0, 50.0, 200.0], "Other": [1000.0, 1000.0, 1000.0]}
    return {
        "date": "2026-01-02", "processor": "CPU", "threads": 2, "frame": "64 x 512", "model": "m.safetensors",
        "rounds": 3, "versions": {"Other": "1.0"}, "rows": report.rows(times, {"Other": 2e-6}),
    }


def test_ratios_are_those_within_rounds(result):
    ours, other = result["rows"]
    assert ours["ratio"] == 1 and ours["ms_per_stride"] == 100
    assert (other["lowest_ratio"], other["ratio"], other["highest_ratio"]) == (5, 10, 20)
    json.dumps(result)


def test_tables_show_every_engine(result):
    assert "| Other | 1000.0 | 10.00 | 5.00 to 20.00 | 2.0e-06 |" in report.markdown(result)
    assert report.text(result).splitlines()[-1].split()[:3] == ["Other", "1000.0", "10.00"]
