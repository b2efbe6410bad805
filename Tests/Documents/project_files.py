"""Where the documents and the programs are."""

import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTATION = ROOT / "Documentation"
BINARIES = Path(os.environ.get("SPARKWATCH_BINARIES", ROOT / ".build" / "release"))


def documents():
    """Every Markdown file of the project that is under version control or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).exists()]


def reference():
    """All reference pages, one after the other."""
    return "\n".join(path.read_text() for path in sorted((DOCUMENTATION / "reference").glob("*.md")))


def source(name):
    """The text of the one Swift file of that name, wherever it lies."""
    found = list((ROOT / "Sources").rglob(name))
    assert len(found) == 1, f"{len(found)} files are called {name}: {found}"
    return found[0].read_text()


@cache
def output(program, *arguments):
    return subprocess.run([BINARIES / program, *arguments], check=True, capture_output=True, text=True).stdout
