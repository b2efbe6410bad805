"""The classes have the same colours everywhere, and people with any colour vision tell them apart."""

import re
import sys
from itertools import combinations

import numpy as np
import pytest

from project_files import ROOT

sys.path.insert(0, str(ROOT / "Training"))
from sparkwatch_training.palette import CLASS_COLOURS, GROUND_COLOUR, UNDEFINED_COLOUR

PAGE = ROOT / "Sources" / "Dashboard" / "Page"
REPORT = ROOT / "Sources" / "Command" / "Report" / "Page" / "report.css"

VISION = {
    "all cones": np.eye(3),
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""What linear red, green and blue become, after Machado, Oliveira and Fernandes 2009, severity 1."""


def linear(colour):
    values = np.array([int(colour[at:at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear sRGB, D65."""
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    x, y, z = (to_xyz @ np.clip(rgb, 0, 1)) / [0.95047, 1, 1.08883]
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, vision):
    """CIE 1976 colour difference as somebody with this vision sees it; 2 can just be seen side by side."""
    return np.linalg.norm(lab(VISION[vision] @ linear(one)) - lab(VISION[vision] @ linear(other)))


def contrast(one, other):
    dark, light = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def variables(path):
    """Custom properties of a style sheet that are colours; each may be set once only."""
    found = re.findall(r"--([a-z]+):\s*(#[0-9a-f]{6});", path.read_text())
    assert len(found) == len(dict(found)), f"{path.name} sets a colour twice"
    return dict(found)


def test_page_report_and_plots_have_the_same_colours():
    script = (PAGE / "classes.js").read_text()
    assert dict(re.findall(r'name: "(\w+)", number: \d, colour: "(#[0-9a-f]{6})"', script)) == CLASS_COLOURS
    for path in (PAGE / "style.css", REPORT):
        assert {name: variables(path)[name] for name in CLASS_COLOURS} == CLASS_COLOURS
    assert variables(REPORT)["paper"] == GROUND_COLOUR
    tools = (ROOT / "Tools" / "sparkwatch_tools" / "palette.py").read_text()
    assert dict(re.findall(r'"(spark|puff|wave)": "(#[0-9a-f]{6})"', tools)) == CLASS_COLOURS
    assert f'GROUND_COLOUR = "{GROUND_COLOUR}"' in tools


@pytest.mark.parametrize("vision", VISION)
def test_classes_are_told_apart(vision):
    colours = [*CLASS_COLOURS.values(), UNDEFINED_COLOUR]
    for one, other in combinations(CLASS_COLOURS.values(), 2):
        assert distance(one, other, vision) > 30
    for one, other in combinations(colours, 2):
        assert distance(one, other, vision) > 20


@pytest.mark.parametrize("vision", VISION)
def test_notices_and_errors_look_like_no_class(vision):
    colours = variables(PAGE / "style.css")
    for name in ("notice", "bad", "text"):
        for colour in CLASS_COLOURS.values():
            assert distance(colours[name], colour, vision) > 20, name


def test_classes_can_be_read_on_their_ground():
    for ground in (GROUND_COLOUR, variables(PAGE / "style.css")["panel"], "#000000"):
        for colour in CLASS_COLOURS.values():
            assert contrast(colour, ground) > 4.5


def test_nothing_else_is_drawn_in_a_class_colour():
    for path in [*PAGE.glob("*.js"), *PAGE.glob("*.css"), *REPORT.parent.glob("*.*")]:
        for line in path.read_text().splitlines():
            named = re.search(r'--(spark|puff|wave):|name: "(spark|puff|wave)"', line)
            assert named or not [c for c in CLASS_COLOURS.values() if c in line.lower()], f"{path.name}: {line.strip()}"


def test_lost_frames_are_grey():
    drawing = re.search(r"function drawGap.*?\n}", (PAGE / "raster.js").read_text(), re.DOTALL)[0]
    colours = re.findall(r"#[0-9a-f]{6}", drawing)
    assert len(colours) == 2
    for colour in colours:
        red, green, blue = (int(colour[at:at + 2], 16) for at in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) < 32
