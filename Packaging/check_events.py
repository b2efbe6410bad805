"""Checks that two tables of events, the only such ones in and below two folders, hold the same events, and some at all."""
import csv
import pathlib
import sys

COLUMNS = ("event_type", "frame_start", "frame_peak", "frame_end", "centroid_y_px", "centroid_x_px", "voxels")


def events(folder):
    tables = [list(csv.DictReader(path.open())) for path in pathlib.Path(folder).rglob("*.csv")]
    # Other tables lie beside it, such as that of movement.
    rows, = [table for table in tables if table and set(COLUMNS) <= set(table[0])]
    return sorted(tuple(row[column] for column in COLUMNS) for row in rows)


found, expected = (events(folder) for folder in sys.argv[1:3])
assert found == expected, f"only in one of them: {set(found) ^ set(expected)}"
assert found, "no events at all"
print(f"{len(found)} events, the same in both tables")
