"""One movie of a study: `sparkwatch analyze`, and a note of how it went.

A movie that cannot be analysed is noted as failed and stops nothing. A process that was killed (by a time limit, a node that
went down, a full memory) leaves no note, so that the workflow tries again.
"""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .. import ToolsError
from ..terminal import run


def analyse(movie: Path, folder: Path, program: str, options: list[str], threads: int) -> None:
    """Fills `folder`; `state.json` comes last."""
    found = shutil.which(program)
    if found is None:
        raise ToolsError(f"{program} is no program that can be run; install Sparkwatch, or name it with --sparkwatch")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    if not movie.exists():
        return note(folder, "failed", f"{movie} does not exist")
    command = [found, "analyze", str(movie), "--output", str(folder), "--threads", str(threads), *options]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace")
    (folder / "log.txt").write_text(ended.stdout + ended.stderr)
    if ended.returncode < 0 or ended.returncode > 128:
        raise ToolsError(f"{movie}: sparkwatch was ended by signal {abs(ended.returncode) % 128}")
    if ended.returncode == 0 and len(list(folder.glob("*_run.json"))) == 1:
        return note(folder, "done", "")
    said = [
        line.strip() for line in ended.stderr.splitlines() if line.strip() and not re.match(r"\d+ of \d+ movies failed", line)
    ]
    reason = said[-1] if said else "it said nothing"
    print(f"{movie}: {reason}", file=sys.stderr)
    note(folder, "failed", reason)


def note(folder: Path, state: str, reason: str) -> None:
    draft = folder / "state.json.new"
    draft.write_text(json.dumps({"state": state, "reason": reason}) + "\n")
    draft.replace(folder / "state.json")


def state(folder: Path) -> dict:
    return json.loads((folder / "state.json").read_text())


def forget_failed(folder: Path) -> int:
    """Removes the notes of failed movies, so that they are analysed again; returns how many."""
    failed = [path for path in folder.glob("movies/*/state.json") if json.loads(path.read_text())["state"] == "failed"]
    for path in failed:
        path.unlink()
    return len(failed)


def step() -> None:
    parser = argparse.ArgumentParser(prog="python -m sparkwatch_tools.study.analyse", description="One movie of a study.")
    parser.add_argument("--movie", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sparkwatch", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--options", default="", help="for sparkwatch analyze, as in a shell")
    options = parser.parse_args()
    analyse(options.movie, options.folder, options.sparkwatch, shlex.split(options.options), options.threads)


if __name__ == "__main__":
    run(step)
