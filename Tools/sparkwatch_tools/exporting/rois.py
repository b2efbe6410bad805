"""Events as an archive of ROIs for ImageJ's ROI Manager."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi, roiwrite

from ..files import new_file
from ..palette import CLASS_COLOURS, argb
from ..results import Analysis, number
from .footprints import Footprint, of_events, of_frames
from .outlines import outlines

MOVE_TO, LINE_TO, CLOSE = 0.0, 1.0, 4.0


def export_rois(analysis: Analysis, path: Path, every_frame: bool) -> int:
    """Writes `path`; one ROI for an event with all pixels that it ever covers, at its peak, or one for each of its frames."""
    events = {number(event): event for event in analysis.events}
    whole = of_events(analysis)
    rois = (
        _of_frames(analysis, events)
        if every_frame
        else (roi(footprint, events[value], events[value]["frame_peak"]) for value, footprint in whole.items())
    )
    count = 0

    def counted() -> Iterator[ImagejRoi]:
        nonlocal count
        for item in rois:
            count += 1
            yield item

    with new_file(path) as draft:
        roiwrite(draft, counted(), mode="x")
    return count


def _of_frames(analysis: Analysis, events: dict[int, dict]) -> Iterator[ImagejRoi]:
    for frame, value, footprint in of_frames(analysis):
        found = roi(footprint, events[value], frame)
        found.name += f" {frame + 1:05}"
        yield found


def roi(footprint: Footprint, event: dict, frame: int) -> ImagejRoi:
    """A polygon, or a composite where one line does not hold exactly the pixels; `frame` counts from 0."""
    paths = [path + (footprint.column, footprint.row) for path in outlines(footprint.mask)]
    height, width = footprint.mask.shape
    if len(paths) == 1:
        found = ImagejRoi.frompoints(paths[0].astype(np.int32))
        found.roitype = ROI_TYPE.POLYGON
    else:
        shape: list[float] = []
        for path in paths:
            for operation, (x, y) in zip([MOVE_TO, *[LINE_TO] * (len(path) - 1)], path):
                shape += [operation, float(x), float(y)]
            shape.append(CLOSE)
        found = ImagejRoi(
            roitype=ROI_TYPE.RECT,
            shape_roi_size=len(shape),
            multi_coordinates=np.array(shape, np.float32),
            top=footprint.row,
            left=footprint.column,
            bottom=footprint.row + height,
            right=footprint.column + width,
        )
        found.options = ROI_OPTIONS.OVERLAY_LABELS
    found.name = f"{number(event):06} {event['event_type']}"
    found.position = frame + 1
    found.stroke_color = argb(CLASS_COLOURS[event["event_type"]])
    found.props = f"event_id: {event['event_id']}\nevent_type: {event['event_type']}\n"
    return found
