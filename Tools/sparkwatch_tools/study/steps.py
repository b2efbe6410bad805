"""The steps of the workflow after the analyses, each run by Snakemake in the folder of the results."""

import argparse
from pathlib import Path

import pandas as pd

from ..terminal import run
from .table import Study, read_study, read_table

TABLES = ("movies", "events", "cells", "animals", "phases")
HERE = Path(".")


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m sparkwatch_tools.study.steps", description="One step of a study.")
    found.add_argument("step", choices=["review", "collect", "statistics", "figures", "report"])
    found.add_argument("--study", type=Path, required=True)
    return found


def write(table: pd.DataFrame, path: Path) -> None:
    """CSV with as many digits as are needed to read the same numbers; the file is there when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    table.to_csv(draft, index=False, lineterminator="\n")
    draft.replace(path)


def read_tables(study: Study) -> dict[str, pd.DataFrame]:
    # What people put into columns of their own is text.
    own = [*study.movies.columns, *(f"study_{name}" for name in study.movies.columns)]
    found = {name: read_table(HERE / "tables" / f"{name}.csv", own) for name in TABLES}
    movies = found["movies"]
    for column in ("reason", "assumed"):
        if column in movies:
            movies[column] = movies[column].fillna("")
    return found


def review(study: Study) -> None:
    from .review import review_state

    write(review_state(study, HERE), HERE / "review.csv")


def collect(study: Study) -> None:
    from .collect import collect as collected

    for name, table in collected(study, HERE, read_table(HERE / "review.csv")).items():
        write(table, HERE / "tables" / f"{name}.csv")


def statistics(study: Study) -> None:
    from . import phase_comparisons
    from .statistics import compare, summarise

    tables = read_tables(study)
    write(summarise(tables, study.conditions), HERE / "tables" / "summary.csv")
    write(compare(tables, study.conditions), HERE / "tables" / "comparisons.csv")
    write(phase_comparisons.compare(tables, study.conditions), HERE / "tables" / "phase_comparisons.csv")


def figures(study: Study) -> None:
    from .figures import draw_all

    names = draw_all(read_tables(study), study.conditions, HERE / "figures")
    (HERE / "figures" / "list.txt").write_text("".join(f"{name}\n" for name in names))


def report(study: Study) -> None:
    from .methods import methods
    from .report import report as page

    tables = read_tables(study)
    text = methods(study, tables, HERE)
    summary, comparisons, differences = (
        read_table(HERE / "tables" / f"{name}.csv") for name in ("summary", "comparisons", "phase_comparisons")
    )
    for table in (comparisons, differences):
        for column in ("reason", "method"):
            if column in table:
                table[column] = table[column].fillna("")
    names = (HERE / "figures" / "list.txt").read_text().split()
    (HERE / "methods.md").write_text(text)
    (HERE / "report.html").write_text(page(study, tables, summary, comparisons, differences, text, names, HERE), encoding="utf-8")


def step() -> None:
    options = parser().parse_args()
    study = read_study(options.study)
    {"review": review, "collect": collect, "statistics": statistics, "figures": figures, "report": report}[options.step](study)


if __name__ == "__main__":
    run(step)
