"""The tables of speed: what they are made from, and that the documentation holds them as they are made."""
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import measure  # noqa: E402
import speed_tables  # noqa: E402


@pytest.fixture
def result():
    default = {
        "stride_ms": 61.24, "stride_p95_ms": 64.0, "percent_of_fma_peak": 155.4, "real_time_factor": 3.59,
        "last_frame_to_result_ms": 52.1, "peak_memory_mb": 676.0, "fma_peak_gflops": 530.2, "isa": "avx512",
        "frame_height": 64, "frame_width": 512, "threads": 2, "strides": 30,
    }
    return {
        "date": "2026-01-02", "load_before": 0.1, "note": None,
        "machine": {"processor": "CPU", "family": "26", "model": "2", "cores": 2, "caches": {"L2": "512K"}, "is_virtual": True},
        "runs": {"default": default, "avx2": {**default, "isa": "avx2", "stride_ms": 99.6, "peak_memory_mb": None}},
        "sizes": [{**default, "frame_height": 128}],
        "threads": [{"threads": 2, "stride_ms": 60.04, "parallel_efficiency_percent": 91.2}],
    }


def test_tables_show_every_run_with_machine_and_date(result):
    text = speed_tables.section(result)
    assert "## CPU, 2026-01-02" in text and "2 cores; family 26, model 2; L2 512K; virtual machine." in text
    assert "| AVX-512 | 61 ms | 64 ms | 155 | 3.59 | 52 ms | 676 MB |" in text
    assert "| `--isa avx2` | 100 ms | 64 ms | 155 | 3.59 | 52 ms | - |" in text
    assert "| 128 x 512 | 61 ms |" in text
    assert "| 2 | 60.0 ms | 91 % |" in text
    assert "Other programs" not in text


def test_a_busy_machine_is_told(result):
    assert "(load 3.2 before)" in speed_tables.section({**result, "load_before": 3.2})


def test_the_newest_machine_comes_first(result, tmp_path):
    for index, date in enumerate(("2026-01-02", "2026-03-01", "2026-02-01")):
        (tmp_path / f"{index}.json").write_text(json.dumps({**result, "date": date}))
    page = speed_tables.page(speed_tables.results(tmp_path))
    assert page.index("2026-03-01") < page.index("2026-02-01") < page.index("2026-01-02")


def test_the_documentation_is_up_to_date():
    assert speed_tables.results(), "nothing is measured"
    assert speed_tables.PAGE.read_text() == speed_tables.page(speed_tables.results())


def test_a_short_run_gives_tables(tmp_path):
    binary = measure.ROOT / ".build/release/sparkwatch"
    report = measure.bench(binary, ["--strides", "1", "--height", "16", "--width", "32"])
    result = {"date": "2026-01-02", "machine": measure.machine(), "runs": {"default": report}}
    text = speed_tables.section(json.loads(json.dumps(result)))
    assert f"| {speed_tables.ISAS[report['isa']]} | {report['stride_ms']:.0f} ms |" in text
    assert measure.machine()["caches"], "caches of this machine"
