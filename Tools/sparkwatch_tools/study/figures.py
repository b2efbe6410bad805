"""Figures of a study as PDF and SVG: superplots, rates, distributions, cumulative distributions."""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..palette import CLASS_COLOURS, CONDITION_COLOURS, GROUND_COLOUR
from .classes import CLASSES, PARAMETERS, RATE
from .phases import names as phase_names
from .rates import poisson_interval, rate

LABELS = {
    "amplitude_dff0": "amplitude (ΔF/F0)",
    "fdhm_ms": "FDHM (ms)",
    "ttp_ms": "time to peak (ms)",
    "tau_decay_ms": "τ decay (ms)",
    "fwhm_x_um": "FWHM x (µm)",
    "fwhm_y_um": "FWHM y (µm)",
    "event_mass_dff0_um3": "mass (ΔF/F0 µm³)",
    "duration_ms": "duration (ms)",
    "area_um2": "area (µm²)",
    "wave_speed_line_scan_um_per_s": "speed (µm/s)",
    "wave_swept_area_um2": "swept area (µm²)",
    RATE: "events / (100 µm² s)",
}
MARKERS = "osD^vPXp*h<>"
MOST_DOTS = 1500
"""Events drawn in a column; more only blacken it."""
STYLE = {
    "svg.hashsalt": "sparkwatch",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GROUND_COLOUR,
    "text.color": GROUND_COLOUR,
    "legend.frameon": False,
}

Draw = Callable[[Axes, pd.DataFrame, str, list[str]], None]


def colour(index: int) -> str:
    return CONDITION_COLOURS[index % len(CONDITION_COLOURS)]


def draw_all(tables: dict[str, pd.DataFrame], conditions: list[str], folder: Path) -> list[str]:
    """Writes NAME.pdf and NAME.svg for every figure; returns the names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    with matplotlib.rc_context(STYLE):
        for event_type in CLASSES:
            events = tables["events"][tables["events"]["event_type"] == event_type]
            if tables["cells"][f"{event_type}_events"].sum():
                names.append(_save(_rates(tables, event_type, conditions), folder, f"rates_{event_type}"))
            if len(tables["phases"]) and tables["phases"][f"{event_type}_events"].sum():
                names.append(_save(draw_phases(tables["phases"], event_type, conditions), folder, f"phases_{event_type}"))
            parameters = [name for name in PARAMETERS[event_type] if name in events.columns and events[name].notna().sum() > 1]
            if parameters:
                for kind, draw in (("superplots", superplot), ("distributions", distribution), ("cumulative", cumulative)):
                    names.append(_save(_grid(events, event_type, parameters, conditions, draw), folder, f"{kind}_{event_type}"))
    return names


def _save(figure: Figure, folder: Path, name: str) -> str:
    figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None}, dpi=300)
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, dpi=300)
    return name


def _title(figure: Figure, event_type: str) -> None:
    figure.suptitle(
        f"{event_type}s",
        fontsize=10,
        fontweight="bold",
        bbox={"boxstyle": "round,pad=0.3", "facecolor": CLASS_COLOURS[event_type], "edgecolor": "none"},
    )


def _grid(events: pd.DataFrame, event_type: str, parameters: list[str], conditions: list[str], draw: Draw) -> Figure:
    columns = min(4, len(parameters))
    rows = -(-len(parameters) // columns)
    figure = Figure(figsize=(2.1 * columns, 2.5 * rows + 0.4), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for index, panel in enumerate(axes):
        if index < len(parameters):
            draw(panel, events.dropna(subset=[parameters[index]]), parameters[index], conditions)
        else:
            panel.set_visible(False)
    _title(figure, event_type)
    return figure


def superplot(panel: Axes, events: pd.DataFrame, parameter: str, conditions: list[str]) -> None:
    """Events as small dots, means of cells as rings, means of animals (of their cells) as large signs (Lord et al. 2020)."""
    random = np.random.default_rng(0)
    markers = {animal: MARKERS[index % len(MARKERS)] for index, animal in enumerate(dict.fromkeys(events["animal"]))}
    for place, condition in enumerate(conditions):
        own = events[events["condition"] == condition]
        values = own[parameter].to_numpy(float)
        if len(values) > MOST_DOTS:
            values = random.choice(values, MOST_DOTS, replace=False)
        panel.plot(
            place + random.uniform(-0.32, 0.32, len(values)),
            values,
            ".",
            markersize=3,
            alpha=0.4,
            color=colour(place),
            markeredgewidth=0,
            rasterized=True,
        )
        cells = own.groupby(["animal", "cell"], sort=False)[parameter].mean()
        panel.plot(
            place + random.uniform(-0.2, 0.2, len(cells)),
            cells,
            "o",
            markersize=3,
            markerfacecolor="none",
            markeredgecolor=colour(place),
            markeredgewidth=0.7,
        )
        means = cells.groupby("animal", sort=False).mean()
        for index, (animal, value) in enumerate(means.items()):
            offset = (index + 1) / (len(means) + 1) * 0.5 - 0.25
            panel.plot(
                place + offset,
                value,
                markers[animal],
                markersize=6,
                color=colour(place),
                markeredgecolor=GROUND_COLOUR,
                markeredgewidth=0.8,
            )
        if len(means):
            panel.plot([place - 0.3, place + 0.3], [means.mean()] * 2, color=GROUND_COLOUR, linewidth=1.5)
    top = events[parameter].quantile(0.995)
    low = min(0.0, events[parameter].quantile(0.005))
    if np.isfinite(top) and top > low:
        panel.set_ylim(low, top * 1.1)
    _conditions(panel, conditions)
    panel.set_ylabel(LABELS.get(parameter, parameter))


def _conditions(panel: Axes, conditions: list[str]) -> None:
    panel.set_xlim(-0.6, len(conditions) - 0.4)
    panel.set_xticks(
        range(len(conditions)),
        conditions,
        rotation=0 if max(map(len, conditions)) * len(conditions) < 22 else 30,
        ha="center" if max(map(len, conditions)) * len(conditions) < 22 else "right",
    )


def _rates(tables: dict[str, pd.DataFrame], event_type: str, conditions: list[str]) -> Figure:
    """Rates of cells as rings, of animals as dots with exact Poisson intervals."""
    figure = Figure(figsize=(1.4 * len(conditions) + 1.2, 2.9), layout="constrained")
    panel = figure.subplots()
    column = f"{event_type}_{RATE}"
    random = np.random.default_rng(0)
    for place, condition in enumerate(conditions):
        cells = tables["cells"].query("condition == @condition")[column].dropna()
        panel.plot(
            place + random.uniform(-0.3, 0.3, len(cells)),
            cells,
            "o",
            markersize=3,
            markerfacecolor="none",
            markeredgecolor=colour(place),
            markeredgewidth=0.7,
        )
        animals = tables["animals"].query("condition == @condition").dropna(subset=[column])
        for index, (_, animal) in enumerate(animals.iterrows()):
            at = place + (index + 1) / (len(animals) + 1) * 0.5 - 0.25
            panel.plot([at, at], [animal[f"{column}_low95"], animal[f"{column}_high95"]], color=GROUND_COLOUR, linewidth=0.9)
            panel.plot(
                at, animal[column], "o", markersize=5, color=colour(place), markeredgecolor=GROUND_COLOUR, markeredgewidth=0.8
            )
    panel.set_ylim(bottom=0)
    panel.set_ylabel(LABELS[RATE])
    _conditions(panel, conditions)
    _title(figure, event_type)
    return figure


def draw_phases(phases: pd.DataFrame, event_type: str, conditions: list[str]) -> Figure:
    """Rates from phase to phase, a panel for every condition: cells as thin lines, animals as thick ones with exact intervals."""
    order = phase_names(phases)
    shown = [condition for condition in conditions if (phases["condition"] == condition).any()]
    width = 0.9 * len(order) + 1.2
    figure = Figure(figsize=(width * len(shown), 3.1), layout="constrained")
    column = f"{event_type}_{RATE}"
    for panel, condition in zip(np.ravel(figure.subplots(1, len(shown), sharey=True, squeeze=False)), shown):
        own = phases[phases["condition"] == condition].assign(place=lambda table: table["phase"].map(order.index))
        ink = colour(conditions.index(condition))
        for _, cell in own.groupby(["animal", "cell"], sort=False):
            panel.plot(cell["place"], cell[column], "-o", markersize=2.5, color=ink, linewidth=0.6, alpha=0.5)
        animals = own.groupby(["animal", "place"], as_index=False, sort=False)[[f"{event_type}_events", "exposure_100um2_s"]].sum()
        names = list(dict.fromkeys(animals["animal"]))
        for index, name in enumerate(names):
            animal = animals[animals["animal"] == name].sort_values("place")
            at = animal["place"] + 0.24 * ((index + 1) / (len(names) + 1) - 0.5)
            counted = list(zip(animal[f"{event_type}_events"], animal["exposure_100um2_s"]))
            intervals = [poisson_interval(events, exposure) for events, exposure in counted]
            panel.vlines(at, *np.transpose(intervals), color=GROUND_COLOUR, linewidth=0.9)
            rates = [rate(events, exposure) for events, exposure in counted]
            panel.plot(at, rates, "-o", markersize=5, color=ink, markeredgecolor=GROUND_COLOUR, markeredgewidth=0.8, linewidth=1.4)
        panel.set_title(condition, fontsize=8)
        panel.set_xlim(-0.5, len(order) - 0.5)
        panel.set_xticks(range(len(order)), order, rotation=30, ha="right")
        panel.set_ylim(bottom=0)
    figure.axes[0].set_ylabel(LABELS[RATE])
    _title(figure, event_type)
    return figure


def distribution(panel: Axes, events: pd.DataFrame, parameter: str, conditions: list[str]) -> None:
    low, high = events[parameter].quantile([0.005, 0.995])
    edges = np.linspace(low, high, 31) if high > low else np.array([low - 0.5, low + 0.5])
    for place, condition in enumerate(conditions):
        values = events.loc[events["condition"] == condition, parameter]
        if len(values):
            panel.hist(
                values.clip(edges[0], edges[-1]),
                edges,
                density=True,
                histtype="step",
                color=colour(place),
                linewidth=1.2,
                label=condition,
            )
    panel.set_xlabel(LABELS.get(parameter, parameter))
    panel.set_ylabel("density")
    panel.legend(fontsize=6)


def cumulative(panel: Axes, events: pd.DataFrame, parameter: str, conditions: list[str]) -> None:
    """Every animal as a thin line, all events of a condition as a thick one."""
    for place, condition in enumerate(conditions):
        own = events[events["condition"] == condition]
        for _, animal in own.groupby("animal", sort=False):
            _steps(panel, animal[parameter], color=colour(place), linewidth=0.5, alpha=0.5)
        _steps(panel, own[parameter], color=colour(place), linewidth=1.6, label=condition)
    panel.set_xlim(*events[parameter].quantile([0.002, 0.99]))
    panel.set_ylim(0, 1)
    panel.set_xlabel(LABELS.get(parameter, parameter))
    panel.set_ylabel("share of events")
    panel.legend(fontsize=6, loc="lower right")


def _steps(panel: Axes, values: pd.Series, **style) -> None:
    ordered = np.sort(values.to_numpy(float))
    if len(ordered) > 2000:
        ordered = np.quantile(ordered, np.linspace(0, 1, 2001))
    if len(ordered):
        panel.step(ordered, np.arange(1, len(ordered) + 1) / len(ordered), where="post", **style)
