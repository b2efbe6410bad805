"""The reference lists every option, topic, field, reason and column that the programs name."""

import csv
import re
import subprocess

import pytest

import options_page
from project_files import BINARIES, DOCUMENTATION, ROOT, output, reference, source


def listed():
    """Everything that stands in backticks on a reference page, word by word."""
    return {word for text in re.findall(r"`([^`\n]+)`", reference()) for word in [text, *re.split(r"[ ,]+", text)]}


def raw_values(text, enumeration):
    """The raw values of a Swift enumeration of strings."""
    body = re.search(rf"enum {enumeration}: [^{{]*\{{(.*?)\n    ?\}}|enum {enumeration}: [^{{]*\{{(.*?)\n\}}", text, re.DOTALL)
    assert body, f"no enum {enumeration}"
    values = []
    for line in re.findall(r"^\s*case (.+)$", body[1] or body[2], re.MULTILINE):
        if line.startswith((".", "let ")) or line.endswith(":") or "(" in line:
            continue
        for part in line.split(","):
            name, _, value = part.partition("=")
            values.append(value.strip().strip('"') or name.strip())
    return values


def test_the_page_of_options_is_what_the_programs_say():
    assert options_page.PAGE.read_text() == options_page.page(), "run: python Tests/Documents/options_page.py"


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A short recording with labels, to be measured: no network is needed for that."""
    folder = tmp_path_factory.mktemp("labelled")
    options = ["--count", "1", "--frames", "200", "--height", "32", "--width", "128", "--seed", "3", "--snr", "5"]
    subprocess.run([BINARIES / "sparksim", "synth", "--output", folder, *options], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("style", ["sparkwatch", "sparkmaster2"])
def test_every_column_is_listed(labelled, style):
    arguments = [labelled / "01_video.tif", "--labels", labelled, "--output", labelled / style, "--csv-style", style]
    subprocess.run([BINARIES / "sparkwatch", "measure", *arguments], check=True, capture_output=True)
    with open(labelled / style / "01_events.csv", newline="") as table:
        columns = next(csv.reader(table))
    assert len(columns) > 10
    assert sorted(set(columns) - listed()) == []


def test_every_topic_is_listed():
    topics = raw_values(source("Topic.swift"), "Topic")
    assert len(topics) > 15
    assert sorted(set(topics) - listed()) == []


@pytest.mark.parametrize("name, enumeration", [
    ("EventParameter.swift", "EventParameter"), ("EventParameter.swift", "UnavailableReason"), ("CalciumEvent.swift", "EventFlag"),
    ("FrameRefusal.swift", "Reason"), ("FrameArrival.swift", "FrameDropReason"), ("HeartbeatMessage.swift", "DetectorState"),
])
def test_every_name_is_listed(name, enumeration):
    values = raw_values(source(name), enumeration)
    assert len(values) > 3
    assert sorted(set(values) - listed()) == []


def wire_files():
    return sorted(path for path in (ROOT / "Sources").rglob("*.swift") if "Wire" in path.relative_to(ROOT).parts)


def test_every_field_of_every_message_is_listed():
    fields = set()
    for path in wire_files():
        for body in re.findall(r"enum CodingKeys: String, CodingKey \{(.*?)\n    \}", path.read_text(), re.DOTALL):
            fields |= set(raw_values(f"enum X: {{{body}\n}}", "X"))
    assert len(fields) > 100
    assert sorted(fields - listed()) == []


def test_every_code_of_a_status_message_is_listed():
    text = "\n".join(path.read_text() for path in (ROOT / "Sources").rglob("*.swift"))
    codes = re.findall(r'static let \w+: (?:StatusMessage\.)?Code = "(\w+)"', text)
    assert len(codes) > 8
    assert sorted(set(codes) - listed()) == []


TEST_TARGETS = {"TestSupport", "AllocationCounter", "Samples", "CFuzzer", "fuzz"}


def test_architecture_names_every_target_and_command():
    text = (DOCUMENTATION / "explanation" / "architecture.md").read_text()
    table = set(re.findall(r"`([^`\n]+)`", text[text.index("## Targets"):text.index("## One frame's way")]))
    package = (ROOT / "Package.swift").read_text()
    targets = re.findall(r'\.(?:target|systemLibrary|executableTarget)\(\s*name: "(\w+)"', package)
    commands = {path[1] for program in ("sparkwatch", "sparksim") for path, _ in options_page.commands(program)}
    assert len(targets) > 5 and len(commands) > 8
    assert sorted((set(targets) - TEST_TARGETS | commands) - table) == []


def test_every_version_is_the_same():
    version = output("sparkwatch", "--version").strip()
    assert output("sparksim", "--version").strip() == version
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)[1] == version
    assert f'version = "{version}"' in (ROOT / "Training" / "pyproject.toml").read_text()
    assert f'__version__ = "{version}"' in (ROOT / "Tools" / "sparkwatch_tools" / "__init__.py").read_text()
