"""Measure sounds in a WAV file around given times, as JSON: when each begins, how it sounds, from where.

Usage: measure_sounds.py FILE SECONDS,LENGTH [SECONDS,LENGTH ...]
"""

import json
import sys

import numpy as np
from scipy.io import wavfile

rate, data = wavfile.read(sys.argv[1])
assert data.dtype == np.int16 and data.shape[1] == 2
data = data / 32768
sounds = []
for argument in sys.argv[2:]:
    start, length = map(float, argument.split(","))
    first = max(0, round((start - 0.05) * rate))
    part = data[first : round((start + length) * rate)]
    loud = np.flatnonzero(np.abs(part).max(axis=1) > 0.001)
    power = (part**2).sum(axis=0)
    spectrum = np.abs(np.fft.rfft(part.sum(axis=1) * np.hanning(len(part)), 1 << 17))
    sounds.append(
        {
            "onset": (first + int(loud[0])) / rate if len(loud) else None,
            "hertz": float(np.argmax(spectrum) * rate / (1 << 17)),
            "position": float(np.arctan2(np.sqrt(power[1]), np.sqrt(power[0])) / (np.pi / 2)),
            "peak": float(np.abs(part).max()) if len(part) else 0,
        }
    )
json.dump({"rate": int(rate), "seconds": len(data) / rate, "sounds": sounds}, sys.stdout)
