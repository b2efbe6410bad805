"""The manual pages name every option that the programs have, and are proper mdoc."""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import manual  # noqa: E402

BINARIES = Path(__file__).resolve().parents[1] / ".build/release"


def options(command):
    for argument in command.get("arguments", []):
        yield from (name["name"] for name in argument.get("names", ()) if argument["shouldDisplay"])
    for child in manual.shown_children(command):
        yield from options(child)


@pytest.mark.parametrize("program", ["sparkwatch", "sparksim"])
def test_every_option_is_there(program):
    told = subprocess.run([BINARIES / program, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE).stdout
    command = json.loads(told)["command"]
    page = manual.page(command, "1.2.3", "June 3, 2026")
    names = set(options(command))
    assert len(names) > 10
    assert not [name for name in names if f"-{name}" not in page]
    if shutil.which("groff"):
        checked = subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww"], input=page, capture_output=True, text=True, check=True)
        assert checked.stderr == "" and "Sparkwatch 1.2.3" in checked.stdout
