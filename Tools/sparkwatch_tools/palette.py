"""Colours: of the classes as everywhere in Sparkwatch, of conditions from what Okabe and Ito's palette has left.

A test compares the class colours with those of the page, the report and the training's plots.
"""

CLASS_COLOURS = {"spark": "#56b4e9", "puff": "#f0e442", "wave": "#d55e00"}
GROUND_COLOUR = "#14181b"
CONDITION_COLOURS = ["#0072b2", "#009e73", "#cc79a7", "#e69f00", "#5d6770"]


def argb(colour: str) -> bytes:
    return b"\xff" + bytes.fromhex(colour[1:])
