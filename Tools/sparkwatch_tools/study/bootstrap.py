"""Hierarchical bootstrap and permutation, by hierarch: no distribution is asked for, and the animal counts.

Events and cells are drawn again within animals, and the animals are dealt to the two conditions in every way (or in a thousand).
"""

import warnings
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
from hierarch.stats import confidence_interval, hypothesis_test

from .mixed import LEVEL, is_paired

BOOTSTRAPS = 200
MOST_PERMUTATIONS = 1000


@dataclass(frozen=True)
class Resampled:
    """Interval of the difference (of the second condition minus the first) and p; NaN where the design does not allow it."""

    low: float = np.nan
    high: float = np.nan
    p: float = np.nan


def of_values(table: pd.DataFrame, value: str, conditions: tuple[str, str], seed: int) -> Resampled:
    """`table`: a row for every event (or for every cell) with `condition`, `animal`, `cell` and `value`.

    Compared are means over animals of means over cells of means over events. Animals under both conditions cannot be dealt.
    """
    own = table.loc[table["condition"].isin(conditions), ["condition", "animal", "cell", value]].dropna()
    if is_paired(own):
        return Resampled()
    own = own.sort_values(
        ["condition", "animal", "cell", value], key=lambda column: column if column.name == value else column.astype(str)
    )
    design = pd.DataFrame(
        {
            "condition": (own["condition"] == conditions[1]).astype(float),
            "animal": own.groupby(["condition", "animal"]).ngroup().astype(float),
            "cell": own.groupby(["condition", "animal", "cell"]).ngroup().astype(float),
            "event": np.arange(len(own), dtype=float),
            "value": own[value].to_numpy(float),
        }
    )
    animals = design.groupby("condition")["animal"].nunique()
    everything = comb(int(animals.sum()), int(animals.iloc[0]))
    permutations = "all" if everything <= MOST_PERMUTATIONS else MOST_PERMUTATIONS
    with warnings.catch_warnings():
        # Bounds that are within the resampling's own error are what is asked for.
        warnings.simplefilter("ignore")
        p = hypothesis_test(design, 0, bootstraps=BOOTSTRAPS, permutations=permutations, random_state=seed)
        low, high = confidence_interval(
            design, 0, 100 * LEVEL, bootstraps=BOOTSTRAPS, permutations=permutations, random_state=seed
        )
    return Resampled(low, high, min(1.0, p))
