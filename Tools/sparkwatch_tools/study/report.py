"""The report of a study: one HTML file that needs no network."""

import re
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from ..palette import CLASS_COLOURS, GROUND_COLOUR
from .figures import LABELS
from .table import Study

STYLE = f"""
body {{ font: 15px/1.5 system-ui, sans-serif; color: {GROUND_COLOUR}; background: #fff; margin: 2em auto; max-width: 96em; padding: 0 1em; }}
table {{ border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }}
th, td {{ text-align: left; padding: 0.2em 0.8em 0.2em 0; border-bottom: 1px solid #d8dcdf; white-space: nowrap; }}
figure {{ margin: 1.5em 0; }} figure svg {{ max-width: 100%; height: auto; zoom: 1.25; }} p {{ max-width: 60em; }} figcaption {{ color: #4a545c; }}
.class {{ padding: 0 0.4em; border-radius: 0.3em; }} .warning {{ border-left: 4px solid #b3261e; padding-left: 0.8em; }}
"""
CAPTIONS = {
    "phases": "Rates by phase. Thin: cells; thick: animals, with exact Poisson intervals.",
    "rates": "Rates. Rings: cells; dots: animals, with exact Poisson intervals.",
    "superplots": "Superplots. Small dots: events; rings: means of cells; large signs: means of animals; line: mean of animals.",
    "distributions": "Distributions of events.",
    "cumulative": "Cumulative distributions. Thin: animals; thick: all events.",
}


def report(
    study: Study,
    tables: dict[str, pd.DataFrame],
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    phases: pd.DataFrame,
    methods: str,
    figures: list[str],
    folder: Path,
) -> str:
    movies = tables["movies"]
    parts = [
        f"<h1>Study {escape(study.path.parent.resolve().name)}</h1>",
        _warnings(movies),
        "<h2>What differs</h2>",
        _comparisons(comparisons) if len(comparisons) else "<p>There is one condition only; nothing is compared.</p>",
        *_phases(tables["phases"], phases),
        "<h2>Figures</h2>",
        *(_figure(folder / "figures" / f"{name}.svg", name) for name in figures),
        "<h2>Conditions</h2>",
        _summary(summary),
        "<h2>Animals</h2>",
        _plain(
            tables["animals"],
            ["condition", "animal", "cells", "movies", "observed_s"],
            [name for name in tables["animals"] if name.endswith(("_events", "um2_per_s"))],
        ),
        "<h2>Methods</h2>",
        *(f"<p>{escape(text)}</p>" for text in methods.strip().split("\n\n")),
        "<h2>Movies</h2>",
        _plain(movies, ["condition", "animal", "cell", "movie", "state", "reason", "review_actions", "assumed"], []),
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Study</title>'
        f"<style>{STYLE}</style>{''.join(parts)}</html>\n"
    )


def _warnings(movies: pd.DataFrame) -> str:
    found = []
    for state, text in (("failed", "could not be analysed and take no part"), ("excluded", "excluded by hand")):
        count = int((movies["state"] == state).sum())
        if count:
            found.append(f"{count} of {len(movies)} movies {text}; the table at the end says why.")
    assumed = movies["assumed"].fillna("") if "assumed" in movies else pd.Series(dtype=str)
    if (assumed != "").any():
        found.append(
            f"Pixel size or frame interval of {int((assumed != '').sum())} movies is assumed, not stated: lengths, times and rates depend on it."
        )
    return "".join(f'<p class="warning">{escape(text)}</p>' for text in found)


def _number(value: object) -> str:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)


def _p(value: float) -> str:
    return "" if not np.isfinite(value) else "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def _class(name: str) -> str:
    return f'<span class="class" style="background:{CLASS_COLOURS[name]}">{name}</span>'


def _rows(header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    return f"<table><tr>{head}</tr>{''.join('<tr>' + ''.join(f'<td>{cell}</td>' for cell in row) + '</tr>' for row in rows)}</table>"


def _comparisons(found: pd.DataFrame) -> str:
    rows = []
    for _, row in found.iterrows():
        n = " / ".join(
            f"{row[f'animals_{side}']}, {row[f'cells_{side}']}, {row[f'events_{side}']}" for side in ("reference", "other")
        )
        pair = (
            f"{escape(row['other'])} : {escape(row['reference'])}"
            if row["effect"] == "ratio"
            else f"{escape(row['other'])} - {escape(row['reference'])}"
        )
        interval = (
            f"{_number(row['estimate'])} [{_number(row['low95'])}, {_number(row['high95'])}]"
            if not row["reason"]
            else escape(row["reason"])
        )
        bootstrap = (
            f"[{_number(row.get('bootstrap_low95'))}, {_number(row.get('bootstrap_high95'))}]" if not row["reason"] else ""
        )
        rows.append(
            [
                _class(row["event_type"]),
                escape(LABELS.get(row["quantity"], row["quantity"])),
                pair,
                interval,
                _p(row["p"]),
                _p(row["p_holm"]),
                bootstrap,
                _number(row.get("hedges_g")),
                n,
                escape(row["method"]),
            ]
        )
    header = [
        "class",
        "quantity",
        "compared",
        "effect [95 %]",
        "p",
        "p, Holm",
        "bootstrap [95 %]",
        "Hedges' g",
        "animals, cells, events of both",
        "method",
    ]
    return _rows(header, rows)


def _phases(phases: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """How phases differ, condition by condition; nothing where no movie has any."""
    if not len(phases):
        return []
    parts = ["<h2>Phases</h2>", "<p>Within cells that have both phases.</p>"]
    for condition in dict.fromkeys(phases["condition"]):
        own = found[found["condition"] == condition]
        parts.append(f"<h3>{escape(condition)}</h3>")
        parts.append(_comparisons(own) if len(own) else "<p>No cell has two phases with events.</p>")
    return parts


def _summary(summary: pd.DataFrame) -> str:
    rows = [
        [
            escape(row["condition"]),
            _class(row["event_type"]),
            escape(LABELS.get(row["quantity"], row["quantity"])),
            str(row["animals"]),
            str(row["cells"]),
            str(row["events"]),
            f"{_number(row['value'])} [{_number(row['low'])}, {_number(row['high'])}]",
            escape(row["interval"]),
            f"{_number(row['animals_median'])} ({_number(row['animals_smallest'])} to {_number(row['animals_largest'])})",
        ]
        for _, row in summary.iterrows()
    ]
    return _rows(
        [
            "condition",
            "class",
            "quantity",
            "animals",
            "cells",
            "events",
            "median or rate [interval]",
            "interval",
            "animals: median (range)",
        ],
        rows,
    )


def _plain(table: pd.DataFrame, names: list[str], more: list[str]) -> str:
    names = [name for name in names if name in table.columns] + more
    return _rows(names, [[escape(_number(value)) for value in row] for row in table[names].itertuples(index=False)])


def _figure(path: Path, name: str) -> str:
    kind, _, event_type = name.rpartition("_")
    # Names within a picture have to differ from those of the others in the same page.
    picture = re.sub(r'(\bid="|url\(#|xlink:href="#)', lambda match: match[0] + f"{name}-", _body(path))
    return f"<figure>{picture}<figcaption>{escape(event_type)}s: {escape(CAPTIONS[kind])}</figcaption></figure>"


def _body(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]
