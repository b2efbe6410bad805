"""Which number of a class mask stands for which class; masks of other programs may number them otherwise."""

import argparse
from dataclasses import dataclass
from statistics import median

import numpy as np

from . import CLASS_NAMES, PUFF, UNDEFINED, WAVE

_NUMBERS = {name: number for number, name in enumerate(CLASS_NAMES)} | {"undefined": UNDEFINED}
DOUBTFUL_RATIO = 1.5
"""Puffs that reach so many times as far as waves are none."""


@dataclass(frozen=True)
class ClassOrder:
    """`names`: the classes of the numbers from 1 on."""

    names: tuple = (*CLASS_NAMES[1:], "undefined")

    def own(self, classes):
        """Labels in our numbers."""
        table = np.arange(256, dtype=np.uint8)
        table[1 : len(self.names) + 1] = [_NUMBERS[name] for name in self.names]
        return table[classes]

    @property
    def swapped(self):
        return ClassOrder(tuple({"puff": "wave", "wave": "puff"}.get(name, name) for name in self.names))

    def __str__(self):
        return ",".join(self.names).removesuffix(",undefined")


def class_order(text):
    """Parses `spark,puff,wave`: the class of number 1 first; what is left out of 1 to 4 is undefined."""
    names = tuple(name.strip().lower() for name in text.split(","))
    if len(names) == 3:
        names += ("undefined",)
    if sorted(names) != sorted(ClassOrder().names):
        raise argparse.ArgumentTypeError(f"{text} is no order of classes; name spark, wave and puff once each, that of "
                                         "number 1 first, such as spark,puff,wave")
    return ClassOrder(names)


def doubt(boxes):
    """What makes one think that puffs and waves are swapped, by their boxes (three slices: t, y, x); None if nothing does."""
    sides = {label: [max(part.stop - part.start for part in box[1:]) for box in boxes.get(label, [])]
             for label in (WAVE, PUFF)}
    if not all(sides.values()) or median(sides[PUFF]) <= DOUBTFUL_RATIO * median(sides[WAVE]):
        return None
    return (f"{len(sides[PUFF])} puffs reach over {median(sides[PUFF]):g} pixels, {len(sides[WAVE])} waves over "
            f"{median(sides[WAVE]):g}")
