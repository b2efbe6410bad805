"""Lengths in micrometres and times in milliseconds, as files spell their units."""

MICROMETRES = {
    "um": 1.0,
    "µm": 1.0,
    "μm": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "\\u00b5m": 1.0,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "nanometre": 1e-3,
    "mm": 1e3,
    "millimeter": 1e3,
    "millimetre": 1e3,
    "cm": 1e4,
    "centimeter": 1e4,
    "centimetre": 1e4,
    "m": 1e6,
    "meter": 1e6,
    "metre": 1e6,
    "inch": 25400.0,
}
MILLISECONDS = {
    "s": 1e3,
    "sec": 1e3,
    "second": 1e3,
    "seconds": 1e3,
    "ms": 1.0,
    "msec": 1.0,
    "millisecond": 1.0,
    "milliseconds": 1.0,
    "us": 1e-3,
    "µs": 1e-3,
    "μs": 1e-3,
    "microsecond": 1e-3,
    "ns": 1e-6,
    "nanosecond": 1e-6,
    "min": 6e4,
    "minute": 6e4,
    "h": 3.6e6,
    "hour": 3.6e6,
}


def micrometres(unit: str | None) -> float | None:
    """Micrometres in one of a unit; None for what is no length, such as `pixel`."""
    return MICROMETRES.get((unit or "").strip().lower())


def milliseconds(unit: str | None) -> float | None:
    return MILLISECONDS.get((unit or "").strip().lower())
