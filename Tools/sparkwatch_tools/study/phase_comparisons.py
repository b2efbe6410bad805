"""How phases differ: within each condition, of cells that have both, so that every cell is compared with itself."""

import numpy as np
import pandas as pd

from .classes import CLASSES, PARAMETERS
from .phases import BEFORE, names
from .statistics import COMPARISON_COLUMNS, holm, rate_row, value_row

COLUMNS = ["condition", *COMPARISON_COLUMNS]


def compare(tables: dict[str, pd.DataFrame], conditions: list[str]) -> pd.DataFrame:
    """Every phase against the first, condition by condition, within cells; p adjusted over all rows (Holm)."""
    phases, events = tables["phases"], tables["events"]
    if not len(phases):
        return pd.DataFrame(columns=COLUMNS)
    events = events.assign(phase=events["phase"].fillna(BEFORE) if "phase" in events else BEFORE)
    reference, *others = names(phases)
    rows = []
    for condition in conditions:
        for other in others:
            pair = (reference, other)
            own = phases[(phases["condition"] == condition) & phases["phase"].isin(pair)]
            both = own.groupby(["animal", "cell"])["phase"].nunique()
            cells = set(both.index[both == 2])
            own = _of(own, cells)
            if not len(own):
                continue
            found = _of(events[(events["condition"] == condition) & events["phase"].isin(pair)], cells)
            for event_type in CLASSES:
                of_type = found[found["event_type"] == event_type]
                rows.append(_labelled(condition, rate_row(own, event_type, pair)))
                rows += [
                    _labelled(condition, value_row(of_type, event_type, parameter, pair))
                    for parameter in PARAMETERS[event_type]
                    if parameter in of_type.columns
                ]
    found = pd.DataFrame([row for row in rows if row is not None])
    if not len(found):
        return pd.DataFrame(columns=COLUMNS)
    found["p_holm"] = holm(found["p"].to_numpy(float))
    return found


def _of(table: pd.DataFrame, cells: set[tuple[str, str]]) -> pd.DataFrame:
    """Rows of some cells, with the phase in the place of the condition: that is what is compared."""
    kept = [who in cells for who in table[["animal", "cell"]].itertuples(index=False, name=None)]
    return table[np.array(kept, dtype=bool)].drop(columns="condition").rename(columns={"phase": "condition"})


def _labelled(condition: str, row: dict | None) -> dict | None:
    return None if row is None else {"condition": condition} | row
