"""Which pixels events cover, from the masks of instances, with memory for the boxes of events only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .. import ToolsError
from ..results import Analysis, number


@dataclass
class Footprint:
    """Pixels of an event: `mask` (rows, columns) with its first row and column in the frame."""

    row: int
    column: int
    mask: np.ndarray


def of_frames(analysis: Analysis) -> Iterator[tuple[int, int, Footprint]]:
    """(frame, number of the event, footprint in this frame), frame after frame."""
    for frame, image in enumerate(analysis.frames("instances")):
        rows, columns = np.nonzero(image)
        numbers = image[rows, columns]
        for value in np.unique(numbers):
            at = numbers == value
            top, left = int(rows[at].min()), int(columns[at].min())
            mask = np.zeros((int(rows[at].max()) - top + 1, int(columns[at].max()) - left + 1), bool)
            mask[rows[at] - top, columns[at] - left] = True
            yield frame, int(value), Footprint(top, left, mask)


def of_events(analysis: Analysis) -> dict[int, Footprint]:
    """All pixels that an event ever covers. Refuses masks that are not those of the events."""
    found: dict[int, Footprint] = {}
    voxels: dict[int, int] = {}
    for event in analysis.events:
        top, left, bottom, right = event["bbox"]
        found[number(event)] = Footprint(top, left, np.zeros((bottom - top, right - left), bool))
    for _, value, part in of_frames(analysis):
        whole = found.get(value)
        if whole is None:
            raise ToolsError(f"{analysis.masks('instances')} holds event {value}, which {analysis.name}_events.json does not")
        top, left = part.row - whole.row, part.column - whole.column
        height, width = part.mask.shape
        if top < 0 or left < 0 or top + height > whole.mask.shape[0] or left + width > whole.mask.shape[1]:
            raise ToolsError(
                f"{analysis.masks('instances')}: event {value} lies outside of its box in {analysis.name}_events.json"
            )
        whole.mask[top : top + height, left : left + width] |= part.mask
        voxels[value] = voxels.get(value, 0) + int(part.mask.sum())
    for event in analysis.events:
        if voxels.get(number(event)) != event["voxels"]:
            raise ToolsError(
                f"{analysis.masks('instances')}: event {number(event)} has {voxels.get(number(event), 0)} voxels, "
                f"{event['voxels']} in {analysis.name}_events.json: they do not belong together"
            )
    return found
