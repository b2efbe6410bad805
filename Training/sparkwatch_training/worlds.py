"""Which recordings training simulates: kinds of laboratory, and what happens in them.

The held-out kinds of `sparksim synth --style` (unusual, rim, widefield) are not among them, and must never be.
"""

import numpy as np

STYLES = {
    "usual": 0.25,
    "instruments": 0.25,
    "disturbed": 0.20,
    "spinning-disk": 0.10,
    "round": 0.07,
    "smooth-muscle": 0.07,
    "sheet": 0.06,
}
"""Share of each kind."""

HELD_OUT = ("unusual", "rim", "widefield")

EVENTS = {"any": 0.55, "waves": 0.15, "no-waves": 0.12, "none": 0.18}
"""Share of recordings by the events that are asked for."""

EMPTY_SHARE_OF_DISTURBED = 0.45
"""Of recordings in which something goes wrong, so many show nothing else."""

BRIGHT = (0.25, (3.0, 8.0))
"""Share of the recordings with events that are asked for an SNR90, and its range: chance alone makes most of them dim."""

FRAMES, HEIGHT = 320, 64
WIDTHS = (192, 256, 320)
ANNOTATORS = 3


def arguments(seed, number):
    """The words after `sparksim synth` that make the recording of a number; equal ones give equal recordings."""
    rng = np.random.default_rng([seed, number])
    style = _drawn(STYLES, rng)
    events = "none" if style == "disturbed" and rng.random() < EMPTY_SHARE_OF_DISTURBED else _drawn(EVENTS, rng)
    if style == "smooth-muscle" and events == "waves":
        events = "any"
    words = ["--style", style, "--events", events, "--seed", seed, "--first-number", number, "--frames", FRAMES,
             "--height", HEIGHT, "--width", rng.choice(WIDTHS), "--annotators", ANNOTATORS]
    share, limits = BRIGHT
    if events != "none" and style == "usual" and rng.random() < share:
        words += ["--snr", f"{rng.uniform(*limits):.2f}"]
    return [str(word) for word in words]


def _drawn(shares, rng):
    weights = np.array(list(shares.values()))
    return list(shares)[rng.choice(len(shares), p=weights / weights.sum())]
