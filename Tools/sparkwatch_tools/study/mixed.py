"""Comparison of two conditions that respects nesting: events in cells in animals.

Events of one cell resemble each other, and cells of one animal do; to take them as independent makes differences out of
nothing (Sikkel et al. 2017). Here the animal counts: sizes of events by a linear mixed model, rates by a quasi-Poisson model
of the animals' counts, both with Student's t for as many degrees of freedom as there are animals.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import t as student
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

LEVEL = 0.95
LARGEST_ERROR = 10.0
"""In standard deviations of all values; a fit with a larger one has found no variance to divide."""
SMALLEST_VARIANCE = 1e-6
"""Between animals, as a share of that of all values; below it the fit has found none."""
FEWEST_ANIMALS = 2
"""Of each condition; with fewer nothing can be said about animals."""


@dataclass(frozen=True)
class Difference:
    """`estimate`: of the second condition minus the first, or second over first where `ratio`."""

    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    degrees_of_freedom: int = 0
    ratio: bool = False
    method: str = ""
    reason: str = ""
    """Why there is no estimate."""


def is_paired(table: pd.DataFrame) -> bool:
    return bool((table.groupby("animal")["condition"].nunique() > 1).any())


def degrees_of_freedom(table: pd.DataFrame) -> int:
    """Animals less conditions; in paired studies pairs less one."""
    if is_paired(table):
        return int((table.groupby("animal")["condition"].nunique() > 1).sum()) - 1
    return table["animal"].nunique() - 2


def _too_few(table: pd.DataFrame, conditions: tuple[str, str]) -> str:
    for condition in conditions:
        animals = table.loc[table["condition"] == condition, "animal"].nunique()
        if animals < FEWEST_ANIMALS:
            return f"{animals} animals under {condition}, at least {FEWEST_ANIMALS} are needed"
    if degrees_of_freedom(table) < 1:
        return "fewer than two animals occur under both conditions"
    return ""


def compare_values(table: pd.DataFrame, value: str, conditions: tuple[str, str]) -> Difference:
    """Linear mixed model of `value` (its logarithm where all are positive), animals and cells in them as random effects.

    `table`: a row for every event, with `condition`, `animal`, `cell`. Ratio of geometric means where logarithms are taken.
    """
    own = table.loc[table["condition"].isin(conditions), ["condition", "animal", "cell", value]].dropna()
    reason = _too_few(own, conditions)
    if reason:
        return Difference(reason=reason)
    ratio = bool((own[value] > 0).all())
    response = np.log(own[value].to_numpy(float)) if ratio else own[value].to_numpy(float)
    if response.std() == 0:
        return Difference(reason="all values are the same")
    scale = response.std()
    second = (own["condition"] == conditions[1]).to_numpy(float)
    design = pd.DataFrame({"mean": 1.0, "difference": second}, index=own.index)
    found = _fit(response / scale, design, own) or _by_animals(own.assign(response=response / scale), conditions)
    estimate, error, method = found
    return _difference(estimate * scale, error * scale, degrees_of_freedom(own), ratio, method)


def _fit(response: np.ndarray, design: pd.DataFrame, own: pd.DataFrame) -> tuple[float, float, str] | None:
    """Estimate, error and name of the model, or None where it is not to be trusted.

    That is where it does not converge, and where it finds no variance between animals: with few of them chance often shows
    none, and then the model would take events as independent again.
    """
    pairs = {"animal x condition": own["condition"]} if is_paired(own) else {}
    cells = own.groupby(["animal", "condition"])["cell"].nunique().max() > 1
    variance = pairs | ({"cell": own["cell"]} if cells else {})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            fitted = _model(response, design, own["animal"], variance).fit(reml=True, method=["lbfgs", "powell"])
        except (np.linalg.LinAlgError, ValueError):
            return None
    error = fitted.bse["difference"]
    doubtful = not fitted.converged or any("not positive definite" in str(warning.message) for warning in said)
    if doubtful or not 0 < error < LARGEST_ERROR or float(np.ravel(fitted.cov_re)[0]) < SMALLEST_VARIANCE:
        return None
    return fitted.params["difference"], error, f"linear mixed model, random effects: {', '.join(['animal', *variance])}"


def _by_animals(own: pd.DataFrame, conditions: tuple[str, str]) -> tuple[float, float, str]:
    """Student's t for the means of animals, where the mixed model is not to be trusted; the same in balanced studies."""
    cells = own.groupby(["condition", "animal", "cell"])["response"].mean()
    animals = cells.groupby(["condition", "animal"]).mean()
    first, second = (animals[condition] for condition in conditions)
    if is_paired(own):
        change = (second - first).dropna()
        return (
            change.mean(),
            change.std(ddof=1) / np.sqrt(len(change)),
            "t of animals' changes, as the mixed model cannot tell animals",
        )
    freedom = len(first) + len(second) - 2
    pooled = ((len(first) - 1) * first.var(ddof=1) + (len(second) - 1) * second.var(ddof=1)) / freedom
    error = np.sqrt(pooled * (1 / len(first) + 1 / len(second)))
    return second.mean() - first.mean(), error, "t of animals' means, as the mixed model cannot tell animals"


def _model(response, design, animals, variance):
    """`variance`: labels whose members, within an animal, each have an effect of their own."""
    exog_vc = None
    if variance:
        groups = {animal: np.flatnonzero(animals.to_numpy() == animal) for animal in sorted(set(animals))}
        names, columns, matrices = [], [], []
        for name, labels in variance.items():
            listed = [pd.get_dummies(labels.iloc[rows], dtype=float) for rows in groups.values()]
            names.append(name)
            columns.append([list(part.columns) for part in listed])
            matrices.append([part.to_numpy() for part in listed])
        exog_vc = VCSpec(names, columns, matrices)
    # Without a matrix of its own the effect of the animal itself would go where there are others.
    return MixedLM(response, design, groups=animals.to_numpy(), exog_re=np.ones((len(design), 1)), exog_vc=exog_vc)


def compare_rates(cells: pd.DataFrame, events: str, conditions: tuple[str, str]) -> Difference:
    """Quasi-Poisson model of the counts of animals with their exposure; the scatter between animals sets the error.

    `cells`: a row for every cell with `condition`, `animal`, `exposure_100um2_s` and the counts in the column `events`.
    """
    own = cells.loc[cells["condition"].isin(conditions), ["condition", "animal", "exposure_100um2_s", events]].dropna()
    animals = own.groupby(["condition", "animal"], as_index=False, sort=False).sum()
    reason = _too_few(animals, conditions)
    for condition in conditions:
        if not reason and animals.loc[animals["condition"] == condition, events].sum() == 0:
            reason = f"no events under {condition}"
    if reason:
        return Difference(reason=reason)
    design = pd.DataFrame({"mean": 1.0, "difference": (animals["condition"] == conditions[1]).astype(float)})
    method = "quasi-Poisson model of animals"
    if is_paired(animals):
        both = animals.groupby("animal")["condition"].transform("nunique") > 1
        animals, design = animals[both].reset_index(drop=True), design[both].reset_index(drop=True)
        design = pd.concat([design, pd.get_dummies(animals["animal"], drop_first=True, dtype=float)], axis=1)
        method += ", paired"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        model = sm.GLM(animals[events], design, family=sm.families.Poisson(), exposure=animals["exposure_100um2_s"])
        fitted = model.fit(scale="X2")
    # Less scatter than Poisson's is chance: where so few are counted, Poisson's own error is the smallest.
    error = fitted.bse["difference"] / np.sqrt(fitted.scale) * np.sqrt(max(fitted.scale, 1.0))
    return _difference(fitted.params["difference"], error, int(fitted.df_resid), True, method)


def _difference(estimate: float, error: float, freedom: int, ratio: bool, method: str) -> Difference:
    half = student.ppf((1 + LEVEL) / 2, freedom) * error
    p = float(2 * student.sf(abs(estimate) / error, freedom)) if error > 0 else np.nan
    found = np.array([estimate, estimate - half, estimate + half])
    with np.errstate(over="ignore"):
        found = np.exp(found) if ratio else found
    return Difference(*(float(value) for value in found), p, freedom, ratio, method)


def hedges_g(table: pd.DataFrame, value: str, conditions: tuple[str, str]) -> float:
    """Standardised difference between the animals' means (of cell means), with Hedges' correction for few animals."""
    own = table.loc[table["condition"].isin(conditions), ["condition", "animal", "cell", value]].dropna()
    cells = own.groupby(["condition", "animal", "cell"])[value].mean()
    animals = cells.groupby(["condition", "animal"]).mean()
    first, second = (animals.get(condition, pd.Series(dtype=float)).to_numpy() for condition in conditions)
    freedom = len(first) + len(second) - 2
    if min(len(first), len(second)) < 2:
        return np.nan
    pooled = np.sqrt(((len(first) - 1) * first.var(ddof=1) + (len(second) - 1) * second.var(ddof=1)) / freedom)
    return float((second.mean() - first.mean()) / pooled * (1 - 3 / (4 * freedom - 1))) if pooled > 0 else np.nan
