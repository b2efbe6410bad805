"""Events as Neurodata Without Borders: a table of events for every class (NWB core since 2.10) and their pixels."""

import math
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from pynwb import NWBHDF5IO, NWBFile
from pynwb.event import DurationVectorData, EventsTable, TimestampVectorData
from pynwb.file import Subject
from pynwb.ophys import ImageSegmentation, OpticalChannel
from hdmf.common import VectorData

from .. import ToolsError
from ..files import new_file
from ..importing.tiff import open_tiff
from ..results import Analysis, number
from .footprints import of_events
from .parameters import DESCRIPTIONS


def export_nwb(analysis: Analysis, path: Path, options) -> int:
    """Writes `path`; returns the number of events. `options`: those of the command, all optional texts about the experiment."""
    file = NWBFile(
        session_description=options.session_description or f"Calcium imaging of {analysis.movie.name}",
        identifier=str(uuid5(NAMESPACE_URL, f"{analysis.movie.name} {analysis.model} {analysis.run['finished']}")),
        session_start_time=session_start(analysis, options.session_start),
        session_id=options.session_id,
        lab=options.lab,
        institution=options.institution,
        experimenter=options.experimenter or None,
        keywords=["calcium sparks", "calcium imaging"],
        source_script_file_name="sparkwatch-export",
        source_script=_settings(analysis),
        subject=_subject(options),
        notes="; ".join(analysis.run.get("remarks", [])) or None,
    )
    numbers = {event["event_id"]: row for row, event in enumerate(analysis.events)}
    regions = _regions(file, analysis, options)
    for event_type in ("spark", "puff", "wave"):
        events = [event for event in analysis.events if event["event_type"] == event_type]
        if events:
            file.add_events_table(
                _table(analysis, event_type, events, [numbers[event["event_id"]] for event in events], regions)
            )
    with new_file(path) as draft, NWBHDF5IO(draft, "w") as io:
        io.write(file)
    return len(analysis.events)


def session_start(analysis: Analysis, given: str | None) -> datetime:
    """As given, else as the movie states it; never the date of a file, which copying changes."""
    if given:
        try:
            found = datetime.fromisoformat(given)
        except ValueError as error:
            raise ToolsError(f"--session-start {given} is no date and time, such as 2026-11-30T14:05:00+01:00") from error
    else:
        found = None
        if analysis.movie.exists():
            with open_tiff(analysis.movie) as source:
                found = source.series[0].acquired
        if found is None:
            raise ToolsError(
                f"{analysis.movie.name} does not say when it was taken; give --session-start, such as 2026-11-30T14:05:00+01:00"
            )
    return found if found.tzinfo else found.replace(tzinfo=datetime.now().astimezone().tzinfo)


def _settings(analysis: Analysis) -> str:
    setup = analysis.run["setup"]
    return f"sparkwatch {setup['software_version']}, model {analysis.model}, {setup['configuration']}"


def _subject(options) -> Subject | None:
    if not options.subject:
        return None
    return Subject(
        subject_id=options.subject,
        species=options.species,
        sex=options.sex,
        age=options.age,
        description=options.subject_description,
    )


def _regions(file: NWBFile, analysis: Analysis, options):
    """The pixels of every event, in the order of the events."""
    device = file.create_device(name="microscope", description=options.microscope or "not stated")
    channel = OpticalChannel(
        name="fluorescence", description="the channel that was analysed", emission_lambda=options.emission_nm or math.nan
    )
    interval, size = analysis.calibration("frame_interval_ms"), analysis.calibration("pixel_size_um")
    plane = file.create_imaging_plane(
        name="imaging_plane",
        optical_channel=channel,
        device=device,
        location=options.location or "not stated",
        indicator=options.indicator or "not stated",
        excitation_lambda=options.excitation_nm or math.nan,
        description="; ".join(
            f"{what} {quantity['value']:g} ({quantity['origin']})"
            for what, quantity in (("pixel size in µm", size), ("frame interval in ms", interval))
        ),
        imaging_rate=1e3 / interval["value"],
        grid_spacing=[size["value"] * 1e-6] * 2,
        grid_spacing_unit="meters",
    )
    module = file.create_processing_module("ophys", "pixels of the events that Sparkwatch found")
    segmentation = ImageSegmentation(name="events_of_the_cell")
    module.add(segmentation)
    regions = segmentation.create_plane_segmentation(
        name="event_pixels", description="all pixels that an event ever covers; weight 1", imaging_plane=plane
    )
    regions.add_column("event_id", "identity of the event")
    footprints = of_events(analysis)
    for event in analysis.events:
        footprint = footprints[number(event)]
        rows, columns = np.nonzero(footprint.mask)
        pixels = [(int(column) + footprint.column, int(row) + footprint.row, 1.0) for row, column in zip(rows, columns)]
        regions.add_roi(pixel_mask=pixels, event_id=event["event_id"])
    return regions


def _table(analysis: Analysis, event_type: str, events: list[dict], rows: list[int], regions) -> EventsTable:
    interval = analysis.calibration("frame_interval_ms")
    resolution = interval["value"] / 1e3
    assumed = " The frame interval is assumed, not stated." if interval["assumed"] else ""
    columns = [
        TimestampVectorData(
            name="timestamp",
            description="start of the first frame of the event" + assumed,
            resolution=resolution,
            data=[event["t_start_ms"] / 1e3 for event in events],
        ),
        DurationVectorData(
            name="duration",
            description="number of frames times the frame interval" + assumed,
            resolution=resolution,
            data=[event["duration_ms"] / 1e3 for event in events],
        ),
        VectorData(
            name="event_id",
            description="identity of the event in Sparkwatch's tables",
            data=[event["event_id"] for event in events],
        ),
        VectorData(
            name="peak_time_s",
            description="frame of the largest value, in seconds",
            data=[event["t_peak_ms"] / 1e3 for event in events],
        ),
        VectorData(
            name="centroid_x_um",
            description="centre along the columns, in µm",
            data=[event["centroid_um"][1] for event in events],
        ),
        VectorData(
            name="centroid_y_um", description="centre along the rows, in µm", data=[event["centroid_um"][0] for event in events]
        ),
        VectorData(
            name="area_um2",
            description="pixels that the event ever covered, in µm2",
            data=[event["area_um2"] for event in events],
        ),
        VectorData(
            name="confidence",
            description="mean probability of the class, 0 to 1",
            data=[event["confidence"] for event in events],
        ),
    ]
    for name, description in (("cell", "number of the cell in the frame"), ("site", "number of the place where the event arose")):
        numbers = [math.nan if event.get(name) is None else float(event[name]) for event in events]
        if not all(math.isnan(value) for value in numbers):
            columns.append(VectorData(name=name, description=description + "; NaN for none", data=numbers))
    for name in sorted({name for event in events for name in event["params"]}):
        values = [math.nan if event["params"].get(name) is None else float(event["params"][name]) for event in events]
        if not all(math.isnan(value) for value in values):
            description = DESCRIPTIONS.get(name, name) + "; NaN where the data cannot give it"
            columns.append(VectorData(name=name, description=description, data=values))
    columns += [
        VectorData(
            name="reasons", description="why values are NaN, and what was assumed", data=[_reasons(event) for event in events]
        ),
        VectorData(
            name="flags",
            description="words such as edge_xy, truncated; empty for none",
            data=[" ".join(event["flags"]) for event in events],
        ),
        VectorData(
            name="pixels_row", description="row of the event in processing/ophys/events_of_the_cell/event_pixels", data=rows
        ),
    ]
    return EventsTable(
        name=f"calcium_{event_type}s",
        description=f"calcium {event_type}s found by the network of Sparkwatch; times since the first frame",
        source_description=_settings(analysis),
        columns=columns,
    )


def _reasons(event: dict) -> str:
    parts = [f"{name}: {reason}" for name, reason in sorted(event.get("reasons", {}).items()) if reason != "not_of_this_class"]
    return "; ".join(parts + [f"{name}: assumed" for name in event.get("assumed", [])])
