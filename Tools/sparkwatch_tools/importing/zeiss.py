"""Zeiss ZEN (.czi), read by Zeiss's own library through pylibCZIrw."""

from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from pylibCZIrw import czi as pyczi

from .. import ToolsError
from .series import Series, Source, channel_names, opening, stated

PIXEL_TYPES = {
    "Gray8": np.uint8,
    "Gray16": np.uint16,
    "Gray32Float": np.float32,
    "Bgr24": np.uint8,
    "Bgr48": np.uint16,
    "Bgr96Float": np.float32,
}


def open_czi(path: Path) -> Source:
    with opening(path, "CZI file") as resources:
        file = resources.enter_context(pyczi.open_czi(str(path)))
        box, types, header = file.total_bounding_box, dict(file.pixel_types), ElementTree.fromstring(file.raw_metadata)
        other = {axis: high - low for axis, (low, high) in box.items() if axis not in "TZCXY" and high - low > 1}
        if other or not types or any(name not in PIXEL_TYPES for name in types.values()):
            raise ToolsError(f"{path} has what a movie has not: pixels {types}, further dimensions {other}; export a movie")
        rectangles = file.scenes_bounding_rectangle or {None: file.total_bounding_rectangle}
        found = [
            _series(file, box, types, header, scene, rectangles[scene])
            for scene in sorted(rectangles, key=lambda scene: scene or 0)
        ]
        return Source(path, "Zeiss CZI", f"pylibCZIrw {version('pylibCZIrw')}", found, resources.pop_all())


def _series(file, box, types, header, scene, rectangle):
    first = {axis: box.get(axis, (0, 1))[0] for axis in "TZC"}
    count = {axis: box.get(axis, (0, 1))[1] - first[axis] for axis in "TZC"}
    first_type = types[min(types)]
    colour = first_type.startswith("Bgr")
    listed = header.findall("./Metadata/Information/Image/Dimensions/Channels/Channel")
    names = ["blue", "green", "red"] if colour else [channel.get("Name") for channel in listed]

    def read(frame, channel, plane):
        index = {"T": first["T"] + frame, "Z": first["Z"] + plane, "C": first["C"] + (0 if colour else channel)}
        image = file.read(plane=index, scene=scene, roi=tuple(rectangle))
        return image[..., channel if colour else 0]

    series = Series(
        name="image" if scene is None else f"scene {scene + 1}",
        frames=count["T"],
        planes=count["Z"],
        channels=channel_names(names, 3 if colour else count["C"]),
        height=rectangle.h,
        width=rectangle.w,
        pixel_type=np.dtype(PIXEL_TYPES[first_type]),
        read=read,
    )
    for distance in header.findall("./Metadata/Scaling/Items/Distance"):
        size = stated(distance.findtext("Value"), "CZI scaling", 1e6)
        if distance.get("Id") == "X":
            series.pixel_width_um = size
        elif distance.get("Id") == "Y":
            series.pixel_height_um = size
    interval = header.findtext("./Metadata/Information/Image/Dimensions/T/Positions/Interval/Increment")
    series.frame_interval_ms = stated(interval, "CZI time dimension, as planned", 1e3)
    bits = header.findtext("./Metadata/Information/Image/ComponentBitCount")
    series.significant_bits = int(bits) if (bits or "").isdigit() else None
    return series
