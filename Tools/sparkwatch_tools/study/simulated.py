"""Tables of studies as they would be collected, with a known truth: to see how often a test finds what is not there."""

import numpy as np
import pandas as pd

ANIMAL_SD, CELL_SD, EVENT_SD = 0.15, 0.15, 0.35
"""Standard deviations of the logarithm of a size between animals, between cells of one, between events of one cell."""
RATE_ANIMAL_SD, RATE_CELL_SD = 0.3, 0.4
"""The same for rates."""


def simulated_tables(
    seed: int, animals: int = 4, cells: int = 5, size_ratio: float = 1.0, rate_ratio: float = 1.0, events_per_cell: float = 40
) -> dict[str, pd.DataFrame]:
    """`events` and `cells` of two conditions with `animals` each, whose sizes (`fdhm_ms`) and rates have the ratios given."""
    random = np.random.default_rng(seed)
    events, counted = [], []
    for condition, size, rate in (("control", 1.0, 1.0), ("drug", size_ratio, rate_ratio)):
        for animal in range(animals):
            name = f"{condition}-{animal + 1}"
            level, rate_level = random.normal(0, ANIMAL_SD), random.normal(0, RATE_ANIMAL_SD)
            for cell in range(cells):
                expected = events_per_cell * rate * np.exp(rate_level + random.normal(0, RATE_CELL_SD))
                count = int(random.poisson(expected))
                centre = np.log(30 * size) + level + random.normal(0, CELL_SD)
                who = {"condition": condition, "animal": name, "cell": str(cell + 1)}
                counted.append(who | {"exposure_100um2_s": 40.0, "spark_events": count})
                events += [
                    who | {"event_type": "spark", "fdhm_ms": value} for value in np.exp(random.normal(centre, EVENT_SD, count))
                ]
    return {"events": pd.DataFrame(events), "cells": pd.DataFrame(counted)}
