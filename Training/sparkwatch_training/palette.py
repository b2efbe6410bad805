"""Colours of the classes of events, as on the live page and in reports: sky blue, yellow, vermilion of Okabe and Ito.

People with any kind of colour vision tell them apart, on a dark ground (`GROUND_COLOUR`).
"""

CLASS_COLOURS = {"spark": "#56b4e9", "puff": "#f0e442", "wave": "#d55e00"}
UNDEFINED_COLOUR = "#999999"
GROUND_COLOUR = "#14181b"
