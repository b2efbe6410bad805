"""`sparkwatch-study`: proposes the table of a study, and runs it."""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .. import ToolsError, __version__
from ..files import new_file
from ..terminal import run
from .analyse import forget_failed
from .propose import propose
from .table import read_study

MARK = "sparkwatch-study.json"
"""Marks a folder of results of a study, and holds the configuration of the last run."""


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="sparkwatch-study",
        description="From a folder of movies to tables, figures and a report that "
        "compares conditions: 1. propose study.csv, look it over, 2. run.",
    )
    found.add_argument("--version", action="version", version=__version__)
    kinds = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    first = kinds.add_parser(
        "propose",
        help="write study.csv from the names of folders",
        description="Writes study.csv with the columns "
        "movie, animal, cell, condition, exclude, as folders and names tell. Look it over, and add columns as you like.",
    )
    first.add_argument("folder", type=Path, help="folder of TIFF movies, such as CONDITION/ANIMAL/CELL/movie.tif")
    first.add_argument("-o", "--output", type=Path, help="default: study.csv in the folder; nothing is ever replaced")
    first.add_argument(
        "--animals-differ", action="store_true", help="animals of the same name under several conditions are not the same ones"
    )
    second = kinds.add_parser(
        "run",
        help="analyse, collect, compare, draw, report",
        epilog="What comes after -- goes to Snakemake.",
        description="Runs what is not done yet; after an interruption or a change give the same command again.",
    )
    add = second.add_argument
    add("study", type=Path, metavar="STUDY.csv")
    add("-o", "--output", type=Path, help="folder for the results; default: study-results beside STUDY.csv")
    add("--cores", type=int, default=os.cpu_count(), help="processor cores to use; default: all (%(default)s here)")
    add(
        "--threads-per-movie",
        type=int,
        default=1,
        metavar="N",
        help="cores that work on one movie; default: 1, which is quickest for many movies",
    )
    add("--sparkwatch", default="sparkwatch", metavar="PROGRAM", help="default: %(default)s")
    add(
        "--analyze",
        default="",
        metavar="'OPTIONS'",
        help="options for sparkwatch analyze, such as '--streaming --threshold 0.5'",
    )
    add("--retry-failed", action="store_true", help="analyse movies again that could not be analysed")
    add("--dry-run", action="store_true", help="say what would be done")
    add(
        "--slurm",
        action="store_true",
        help="analyse movies as jobs of a Slurm cluster; movies, results and these tools have to be on a shared disk",
    )
    add("--jobs", type=int, default=50, metavar="N", help="Slurm jobs at a time; default: %(default)s")
    add("--partition", help="of Slurm")
    add("--account", help="of Slurm")
    add(
        "--memory-mb",
        type=int,
        default=4000,
        metavar="MB",
        help="memory of a Slurm job in MB; default: %(default)s. A movie needs 56 bytes a voxel, less with --streaming",
    )
    add("--minutes", type=int, default=60, metavar="N", help="time limit of a Slurm job in minutes; default: %(default)s")
    return found


def proposed(options: argparse.Namespace) -> None:
    if not options.folder.is_dir():
        raise ToolsError(f"{options.folder} is no folder")
    table, remarks = propose(options.folder, options.animals_differ)
    path = options.output or options.folder / "study.csv"
    table["movie"] = [os.path.relpath(options.folder / movie, path.parent) for movie in table["movie"]]
    with new_file(path) as draft:
        table.to_csv(draft, index=False, lineterminator="\n")
    levels = ", ".join(f"{table[column].nunique()} {column}s" for column in ("condition", "animal"))
    print(
        f"{path}: {len(table)} movies, {levels}, {len(table[['condition', 'animal', 'cell']].drop_duplicates())} cells; look it over before you run it"
    )
    for remark in remarks:
        print(f"note: {remark}", file=sys.stderr)


def results_folder(options: argparse.Namespace) -> Path:
    """The folder, made if missing; a folder with anything else in it is refused."""
    folder = (options.output or options.study.parent / "study-results").resolve()
    if folder.exists() and not (folder / MARK).exists() and any(folder.iterdir()):
        raise ToolsError(f"{folder} holds something else than results of a study; name another folder with --output")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def configuration(options: argparse.Namespace, folder: Path) -> dict:
    """What rules depend on beside files."""
    program = shutil.which(options.sparkwatch)
    if program is None:
        raise ToolsError(
            f"{options.sparkwatch} is no program that can be run; install Sparkwatch, or name it with --sparkwatch"
        )
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    reviews = sorted(f"{path.relative_to(folder)} {path.stat().st_size}" for path in folder.glob("movies/*/*_review.jsonl"))
    return {
        "study": str(options.study.resolve()),
        "sparkwatch": str(Path(program).resolve()),
        "analyze": options.analyze,
        "threads": options.threads_per_movie,
        "version": version,
        "review_state": " ".join(reviews),
    }


def slurm_status() -> list[str]:
    """How Snakemake asks for the state of jobs: by `sacct`, or by `squeue` on clusters that keep no accounts.

    Left to itself it takes `sacct` wherever there is one, and waits for ever if that does not answer.
    """
    if shutil.which("sacct") is None:
        return []
    asked = subprocess.run(["sacct", "--noheader", "--allocations", "--format=JobID"], capture_output=True, text=True, check=False)
    return ["--slurm-status-command", "squeue"] if asked.returncode or "disabled" in asked.stderr else []


def snakemake(options: argparse.Namespace, folder: Path, more: list[str]) -> list[str]:
    snakefile = Path(__file__).parent / "Snakefile"
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(snakefile),
        "--directory",
        str(folder),
        "--configfile",
        str(folder / MARK),
        "--rerun-incomplete",
        "--keep-going",
        "--rerun-triggers",
        "mtime",
        "params",
        "input",
    ]
    if options.slurm:
        resources = [f"mem_mb={options.memory_mb}", f"runtime={options.minutes}"]
        resources += [f"slurm_partition={options.partition}"] if options.partition else []
        resources += [f"slurm_account={options.account}"] if options.account else []
        command += [
            "--executor",
            "slurm",
            "--jobs",
            str(options.jobs),
            "--local-cores",
            str(options.cores),
            "--retries",
            "2",
            *slurm_status(),
            "--default-resources",
            *resources,
        ]
    else:
        command += ["--cores", str(options.cores)]
    return command + (["--dry-run"] if options.dry_run else []) + more


def started(options: argparse.Namespace, more: list[str]) -> int:
    study = read_study(options.study)
    for name in ("cores", "threads_per_movie", "jobs", "memory_mb", "minutes"):
        if getattr(options, name) < 1:
            raise ToolsError(f"--{name.replace('_', '-')} {getattr(options, name)}: at least 1")
    folder = results_folder(options)
    with open(folder / ".running", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ToolsError(f"another run is at work in {folder}; wait until it has ended") from error
        (folder / MARK).write_text(json.dumps(configuration(options, folder), indent=1) + "\n")
        if options.retry_failed:
            print(f"{forget_failed(folder)} movies that failed are analysed again", file=sys.stderr)
        command = snakemake(options, folder, more)
        if any((folder / ".snakemake" / "locks").glob("*")):
            # A run that was killed left it; our own lock says that nobody else is at work.
            subprocess.run([*command, "--unlock"], capture_output=True, check=False)
        ended = subprocess.run(command, check=False).returncode
    if ended or options.dry_run:
        return ended
    return summary(folder, len(study.included))


def summary(folder: Path, movies: int) -> int:
    states = [json.loads(path.read_text()) | {"key": path.parent.name} for path in sorted(folder.glob("movies/*/state.json"))]
    failed = [state for state in states if state["state"] == "failed"]
    print(f"{folder / 'report.html'}: {movies - len(failed)} of {movies} movies")
    for state in failed:
        print(f"failed: {state['key']}: {state['reason']}", file=sys.stderr)
    return 0


def study(arguments: list[str] | None = None) -> int | None:
    given = sys.argv[1:] if arguments is None else arguments
    more = given[given.index("--") + 1 :] if "--" in given else []
    given = given[: given.index("--")] if "--" in given else list(given)
    if "--analyze" in given[:-1]:
        # Its value begins with dashes, which the parser would take for an option.
        at = given.index("--analyze")
        given[at : at + 2] = [f"--analyze={given[at + 1]}"]
    options = parser().parse_args(given)
    return proposed(options) if options.command == "propose" else started(options, more)


def main() -> None:
    run(study)
