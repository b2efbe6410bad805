"""Olympus FluoView (.oif, .oib), read by oiffile."""

from pathlib import Path

import numpy as np
import oiffile

from .. import ToolsError
from .series import Series, Source, channel_names, opening, stated
from .units import micrometres, milliseconds

AXES = "TZC"


def open_oif(path: Path) -> Source:
    with opening(path, "Olympus movie") as resources:
        file = resources.enter_context(oiffile.OifFile(path))
        sequence = file.series[0]
        if not sequence.axes or set(sequence.axes) - set(AXES):
            raise ValueError(f"axes {sequence.axes}")
        kind = "Olympus OIB" if file.is_oib else "Olympus OIF"
        return Source(path, kind, f"oiffile {oiffile.__version__}", [_series(path, file, sequence)], resources.pop_all())


def _series(path, file, sequence):
    settings = file.mainfile
    sizes = dict(zip(sequence.axes, sequence.shape))
    files = {
        tuple(dict(zip(sequence.axes, index)).get(axis, 0) for axis in AXES): name
        for index, name in zip(sequence.indices, sequence)
    }
    count = {axis: sizes.get(axis, 1) for axis in AXES}
    if len(files) != np.prod(list(count.values())):
        raise ValueError(f"{len(files)} images instead of {np.prod(list(count.values()))}: some are missing")
    first = file.asarray(series=sequence[0])
    names = [
        settings.get(f"GUI Channel {n} Parameters", {}).get("DyeName")
        or settings.get(f"Channel {n} Parameters", {}).get("DyeName")
        for n in range(1, count["C"] + 1)
    ]
    reference = settings.get("Reference Image Parameter", {})
    width, height = reference.get("WidthConvertValue"), reference.get("HeightConvertValue")
    bits = reference.get("ValidBitCounts")
    return Series(
        name=path.stem,
        frames=count["T"],
        planes=count["Z"],
        channels=channel_names(names, count["C"]),
        height=first.shape[0],
        width=first.shape[1],
        pixel_type=first.dtype,
        read=lambda frame, channel, plane: file.asarray(series=files[frame, plane, channel]),
        pixel_width_um=stated(width, "OIF reference image", micrometres(reference.get("WidthUnit")) or np.nan),
        pixel_height_um=stated(height, "OIF reference image", micrometres(reference.get("HeightUnit")) or np.nan),
        frame_interval_ms=_interval(settings),
        significant_bits=int(bits) if bits else None,
    )


def _interval(settings):
    for number in range(8):
        axis = settings.get(f"Axis {number} Parameters Common", {})
        steps = int(axis.get("MaxSize", 0)) - 1
        unit = milliseconds(axis.get("UnitName"))
        if axis.get("AxisCode") == "T" and steps > 0 and unit:
            length = float(axis.get("EndPosition", 0)) - float(axis.get("StartPosition", 0))
            return stated(length / steps, "OIF time axis", unit)
    return None


def open_oir(path: Path) -> Source:
    raise ToolsError(
        f"{path}: OIR files cannot be read here (their reader, oirfile, needs Python 3.12); "
        "save the movie as OIB, OIF or OME-TIFF in FluoView or cellSens"
    )
