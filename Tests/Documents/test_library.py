"""The library for others: its example and its pages."""

import subprocess

from project_files import DOCUMENTATION, ROOT


def test_the_example_is_the_one_that_is_tested():
    page = (DOCUMENTATION / "how-to" / "use-the-library.md").read_text()
    example = (ROOT / "Tests" / "SparkwatchDetectionTests" / "Example.swift").read_text()
    assert f"```swift\n{example}```" in page


def test_the_pages_can_be_made_without_a_warning(tmp_path):
    made = subprocess.run(
        [ROOT / ".ci" / "make-docs", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert made.returncode == 0, made.stdout + made.stderr
    pages = {path.stem for path in (tmp_path / "data" / "documentation").rglob("*.json")}
    assert {"sparkwatchdetection", "sparkwatchdetector", "detectedevent", "sparkwatcherror"} <= pages
