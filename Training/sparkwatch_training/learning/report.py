"""What came of it, for people (Markdown) and programs (JSON)."""

from .. import CLASS_NAMES, EVENT_CLASSES
from .cells import described
from .scores import as_json, estimates

NAMES = [CLASS_NAMES[label] for label in EVENT_CLASSES]

LEAST_WORTH = 0.02
"""Gain in mean F1 from twice as many cells that is worth the work."""

WANTED_GAIN = 0.05


def comparison(before, after, title):
    """F1 before and after, of counts (cell, class, 4), as a table with 95 % intervals over cells."""
    tables = estimates(before), estimates(after), estimates(after, before)
    annotated = before.sum(axis=0)[:, 3]
    lines = [f"| {title} | events | F1 before | F1 after | gain |", "|---|---|---|---|---|"]
    for at, name in enumerate([*NAMES, "mean"]):
        cells = [str(one) if one else "-" for one in (tables[0][name], tables[1][name])]
        gain = tables[2][name].signed if tables[2][name] else "-"
        count = annotated[at] if name != "mean" else annotated.sum()
        lines.append(f"| {'mean of classes' if name == 'mean' else name + 's'} | {count} | {' | '.join(cells)} | {gain} |")
    return "\n".join(lines)


def advice(points, cells):
    """What more movies would bring, from (cells, counts) of models that learnt from more and more cells."""
    if len(points) < 3:
        why = "from fewer than 4 cells" if cells < 4 else "without models that learnt from parts of these"
        return f"How much more movies would help cannot be told {why}."
    (fewer, less), (more, counts) = points[-2:]
    gain = estimates(counts, less)["mean"]
    if gain is None:
        return "How much more movies would help cannot be told: no event can be judged."
    seen = f"Learning from {more:g} instead of {fewer:g} cells changed mean F1 by {gain.signed}."
    if gain.value < LEAST_WORTH:
        return f"{seen} More movies like these will hardly help; others, with what is still missed, may."
    doublings = WANTED_GAIN / gain.value
    needed = max(1, round(cells * (2**doublings - 1)))
    doubt = " That may be chance." if gain.low <= 0 else ""
    return (f"{seen}{doubt} If it goes on like this, mean F1 rises by another {WANTED_GAIN:g} with {needed} more cell"
            f"{'' if needed == 1 else 's'}; gains become smaller, so take that as the least.")


def markdown(result):
    """The report of `learn`."""
    lines = ["# A model that learnt from reviewed movies", "", result["summary"], ""]
    lines += [f"- {remark}" for remark in result["remarks"]] + ([""] if result["remarks"] else [])
    for table in result["tables"]:
        lines += [table, ""]
    lines += [result["note"], "", "## More movies", "", result["advice"], "", "## How"]
    lines += ["", *(f"- {line}" for line in result["how"]), ""]
    return "\n".join(lines)


def numbers(before, after, held_out, points):
    """The same for programs."""
    table = {"before": as_json(estimates(before)), "after": as_json(estimates(after)), "gain": as_json(estimates(after, before))}
    if held_out is not None:
        table["held_out"] = {"before": as_json(estimates(held_out[0])), "after": as_json(estimates(held_out[1])),
                             "gain": as_json(estimates(held_out[1], held_out[0]))}
    table["learning_curve"] = [{"cells": count, "f1": as_json(estimates(counts))} for count, counts in points]
    return table


def what_was_learnt_from(cells):
    """Cells and reviewers on one line."""
    reviewers = sorted({labels.reviewer for cell in cells for movie in cell.movies for labels in movie.labels} - {""})
    return described(cells) + (f"; reviewed by {', '.join(reviewers)}" if reviewers else "")
