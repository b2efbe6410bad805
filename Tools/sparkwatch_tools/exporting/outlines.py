"""The outlines of pixels along their edges, so that an outline holds exactly the pixels of the mask."""

import numpy as np

RIGHT, DOWN, LEFT, UP = range(4)
STEPS = {RIGHT: (0, 1), DOWN: (1, 0), LEFT: (0, -1), UP: (-1, 0)}


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """Closed paths of corners (x, y) around the `True` pixels of a mask (rows, columns).

    Pixels lie on the right-hand side of a path: outer outlines run clockwise, those of holes the other way. Pixels that touch
    at a corner only are apart.
    """
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    edges: dict[tuple[int, int], list[int]] = {}
    for direction, neighbour, (row_offset, column_offset) in (
        (RIGHT, padded[:-2, 1:-1], (0, 0)),
        (DOWN, padded[1:-1, 2:], (0, 1)),
        (LEFT, padded[2:, 1:-1], (1, 1)),
        (UP, padded[1:-1, :-2], (1, 0)),
    ):
        for row, column in np.argwhere(inside & ~neighbour):
            edges.setdefault((int(row) + row_offset, int(column) + column_offset), []).append(direction)
    found = []
    while edges:
        start = next(iter(edges))
        found.append(_path(edges, start))
    return found


def _path(edges, start):
    corner, heading, corners = start, None, []
    while corner in edges:
        directions = edges[corner]
        # Where two pixels touch at a corner, the sharpest turn to the right stays with the same pixel.
        direction = (
            directions[0] if heading is None else min(directions, key=lambda d: {1: 0, 0: 1, 3: 2}.get((d - heading) % 4, 3))
        )
        directions.remove(direction)
        if not directions:
            del edges[corner]
        if direction != heading:
            corners.append((corner[1], corner[0]))
        heading = direction
        corner = corner[0] + STEPS[direction][0], corner[1] + STEPS[direction][1]
        if corner == start:
            break
    return np.array(corners)
