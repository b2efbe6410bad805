"""Rates of events and their exact intervals."""

import numpy as np
from scipy.stats import chi2

LEVEL = 0.95


def poisson_interval(events: int, exposure: float, level: float = LEVEL) -> tuple[float, float]:
    """Exact interval of a rate (Garwood 1936): events / exposure lies in it with at least this probability if they are Poisson."""
    outside = (1 - level) / 2
    low = chi2.ppf(outside, 2 * events) / 2 if events else 0.0
    high = chi2.ppf(1 - outside, 2 * events + 2) / 2
    return (float(low / exposure), float(high / exposure)) if exposure > 0 else (np.nan, np.nan)


def rate(events: int, exposure: float) -> float:
    return events / exposure if exposure > 0 else np.nan
