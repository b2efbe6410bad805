"""What every condition has, and how conditions differ."""

import numpy as np
import pandas as pd

from . import bootstrap, mixed
from .classes import CLASSES, PARAMETERS, RATE
from .rates import poisson_interval, rate

SEED = 20240229
FEWEST_EVENTS = 10
"""Of each condition, before sizes of events are compared."""
COMPARISON_COLUMNS = [
    *("event_type", "quantity", "reference", "other", "effect", "estimate", "low95", "high95", "p", "degrees_of_freedom"),
    *("method", "reason", "animals_reference", "cells_reference", "events_reference", "animals_other", "cells_other"),
    *("events_other", "p_holm"),
]
"""Of tables in which nothing is compared."""


def summarise(tables: dict[str, pd.DataFrame], conditions: list[str]) -> pd.DataFrame:
    """A row for every condition, class and quantity: n at each level, value over all events, median and range over animals."""
    rows = []
    for condition in conditions:
        own = {name: table[table["condition"] == condition] for name, table in tables.items()}
        exposure = float(own["cells"]["exposure_100um2_s"].sum(min_count=len(own["cells"])))
        for event_type in CLASSES:
            events = own["events"][own["events"]["event_type"] == event_type]
            level = {
                "condition": condition,
                "event_type": event_type,
                "animals": len(own["animals"]),
                "cells": len(own["cells"]),
            }
            low, high = poisson_interval(len(events), exposure)
            rows.append(
                level
                | {
                    "quantity": RATE,
                    "events": len(events),
                    "value": rate(len(events), exposure),
                    "low": low,
                    "high": high,
                    "interval": "Poisson, exact",
                }
                | _animals(own["animals"], f"{event_type}_{RATE}")
            )
            for parameter in PARAMETERS[event_type]:
                if parameter in events.columns and events[parameter].notna().any():
                    values = events[parameter].dropna()
                    q25, median, q75 = values.quantile([0.25, 0.5, 0.75])
                    rows.append(
                        level
                        | {
                            "quantity": parameter,
                            "events": len(values),
                            "value": median,
                            "low": q25,
                            "high": q75,
                            "interval": "quartiles",
                        }
                        | _animals(own["animals"], f"{event_type}_{parameter}_median")
                    )
    return pd.DataFrame(rows)


def _animals(animals: pd.DataFrame, column: str) -> dict:
    values = animals[column].dropna() if column in animals.columns else pd.Series(dtype=float)
    return {"animals_median": values.median(), "animals_smallest": values.min(), "animals_largest": values.max()}


def compare(tables: dict[str, pd.DataFrame], conditions: list[str]) -> pd.DataFrame:
    """Every condition against the first; a row for every class and quantity, with p adjusted over all rows (Holm)."""
    rows = []
    reference = conditions[0]
    for other in conditions[1:]:
        for event_type in CLASSES:
            events = tables["events"][tables["events"]["event_type"] == event_type]
            rows.append(rate_row(tables["cells"], event_type, (reference, other)))
            rows += [
                value_row(events, event_type, parameter, (reference, other))
                for parameter in PARAMETERS[event_type]
                if parameter in events.columns
            ]
    found = pd.DataFrame([row for row in rows if row is not None])
    if len(found):
        found["p_holm"] = holm(found["p"].to_numpy(float))
    return found


def rate_row(cells: pd.DataFrame, event_type: str, conditions: tuple[str, str]) -> dict | None:
    """The comparison of rates; None where there are no events."""
    counts = f"{event_type}_events"
    own = cells[cells["condition"].isin(conditions)]
    if own[counts].sum() == 0:
        return None
    difference = mixed.compare_rates(cells, counts, conditions)
    row = _row(event_type, RATE, conditions, difference, own, counts)
    if not difference.reason:
        # Half an event more keeps the logarithm of cells without any.
        rates = own.assign(rate=np.log((own[counts] + 0.5) / own["exposure_100um2_s"]))
        found = bootstrap.of_values(rates, "rate", conditions, SEED)
        row |= {
            "bootstrap_low95": np.exp(found.low),
            "bootstrap_high95": np.exp(found.high),
            "bootstrap_p": found.p,
            "hedges_g": mixed.hedges_g(rates, "rate", conditions),
        }
    return row


def value_row(events: pd.DataFrame, event_type: str, parameter: str, conditions: tuple[str, str]) -> dict | None:
    """The comparison of a parameter; None where there are no events with it."""
    own = events[events["condition"].isin(conditions)].dropna(subset=[parameter])
    counts = [int((own["condition"] == condition).sum()) for condition in conditions]
    if sum(counts) == 0:
        return None
    if min(counts) < FEWEST_EVENTS:
        difference = mixed.Difference(reason=f"{counts[0]} and {counts[1]} events, at least {FEWEST_EVENTS} each are needed")
    else:
        difference = mixed.compare_values(own, parameter, conditions)
    row = _row(event_type, parameter, conditions, difference, own, None)
    if not difference.reason:
        values = own.assign(response=np.log(own[parameter]) if difference.ratio else own[parameter])
        found = bootstrap.of_values(values, "response", conditions, SEED)
        low, high = (np.exp(found.low), np.exp(found.high)) if difference.ratio else (found.low, found.high)
        row |= {
            "bootstrap_low95": low,
            "bootstrap_high95": high,
            "bootstrap_p": found.p,
            "hedges_g": mixed.hedges_g(values, "response", conditions),
        }
    return row


def _row(event_type, quantity, conditions, difference, own, counts) -> dict:
    numbers = {}
    for title, condition in zip(("reference", "other"), conditions):
        part = own[own["condition"] == condition]
        numbers |= {
            f"animals_{title}": part["animal"].nunique(),
            f"cells_{title}": len(part[["animal", "cell"]].drop_duplicates()),
            f"events_{title}": int(part[counts].sum()) if counts else len(part),
        }
    return {
        "event_type": event_type,
        "quantity": quantity,
        "reference": conditions[0],
        "other": conditions[1],
        "effect": "ratio" if difference.ratio else "difference",
        "estimate": difference.estimate,
        "low95": difference.low,
        "high95": difference.high,
        "p": difference.p,
        "degrees_of_freedom": difference.degrees_of_freedom,
        "method": difference.method,
        "reason": difference.reason,
        **numbers,
    }


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjustment of p; what is missing takes no part."""
    adjusted = np.full(len(p), np.nan)
    order = [index for index in np.argsort(p, kind="stable") if np.isfinite(p[index])]
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p[index]))
        adjusted[index] = largest
    return adjusted
