"""Leica LAS (.lif, .lof, .xlif, .xlef), read by liffile."""

from pathlib import Path

import liffile
import numpy as np

from .. import ToolsError
from .series import Series, Source, channel_names, opening, stated
from .units import micrometres, milliseconds

AXES = "TZCYXS"


def open_lif(path: Path) -> Source:
    with opening(path, "Leica file") as resources:
        file = resources.enter_context(liffile.LifFile(path))
        images = [image for image in file.images if not image.is_flim and {"Y", "X"} <= set(image.dims)]
        found = [_series(image) for image in images if not set(image.dims) - set(AXES)]
        if not found:
            listed = "; ".join(f"{image.name}: {dict(image.sizes)}" for image in file.images) or "none"
            raise ToolsError(f"{path} holds no image of frames over time; its images: {listed}")
        return Source(path, "Leica LIF", f"liffile {liffile.__version__}", found, resources.pop_all())


def _series(image):
    sizes = dict(image.sizes)
    axis = "S" if "S" in sizes else "C"
    channels = channel_names(_names(image), sizes.get(axis, 1))

    def read(frame, channel, plane):
        wanted = {"T": frame, "Z": plane, "C": channel if axis == "C" else 0}
        found = image.frame(**{name: index for name, index in wanted.items() if name in sizes})
        return found[..., channel] if axis == "S" else found

    def times(channel, plane):
        stamps = image.timestamps
        frames = sizes.get("T", 1)
        if stamps is None or len(stamps) < frames or len(stamps) % frames:
            return None
        stamps = stamps.reshape(frames, -1)[:, 0]
        return (stamps - stamps[0]) / np.timedelta64(1, "ms")

    series = Series(
        name=image.name,
        frames=sizes.get("T", 1),
        channels=channels,
        planes=sizes.get("Z", 1),
        height=sizes["Y"],
        width=sizes["X"],
        pixel_type=image.dtype,
        read=read,
        times_ms=times,
        significant_bits=_bits(image),
    )
    for dimension in _descriptions(image, "Dimensions/DimensionDescription"):
        # Leica's length reaches from the first element to the last.
        steps = int(dimension.get("NumberOfElements", 1)) - 1
        unit, length = dimension.get("Unit"), float(dimension.get("Length", "nan"))
        if steps < 1:
            continue
        if dimension.get("DimID") == "1" and micrometres(unit):
            series.pixel_width_um = stated(length / steps, "Leica dimensions", micrometres(unit))
        elif dimension.get("DimID") == "2" and micrometres(unit):
            series.pixel_height_um = stated(length / steps, "Leica dimensions", micrometres(unit))
        elif dimension.get("DimID") == "4" and milliseconds(unit):
            series.frame_interval_ms = stated(length / steps, "Leica dimensions", milliseconds(unit))
    return series


def _descriptions(image, kind):
    return image.xml_element.findall(f"./Data/Image/ImageDescription/{kind}")


def _names(image):
    names = []
    for channel in _descriptions(image, "Channels/ChannelDescription"):
        properties = {item.findtext("Key"): item.findtext("Value") for item in channel.findall("ChannelProperty")}
        names.append(properties.get("DyeName") or channel.get("NameOfMeasuredQuantity") or channel.get("LUTName"))
    return names


def _bits(image):
    found = {int(channel.get("Resolution", 0)) for channel in _descriptions(image, "Channels/ChannelDescription")}
    return found.pop() if len(found) == 1 else None
