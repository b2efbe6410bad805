"""The results of `sparkwatch analyze` for one movie."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from . import ToolsError

EVENTS = "_events.json"


@dataclass
class Analysis:
    name: str
    folder: Path
    events: Sequence[dict]
    cell: dict
    run: dict
    """`NAME_run.json`: version, model, settings, calibration, outcome."""

    @property
    def movie(self) -> Path:
        return Path(self.run["setup"]["movie"]["path"])

    @property
    def shape(self) -> tuple[int, int, int]:
        movie = self.run["setup"]["movie"]
        return movie["frames"], movie["height"], movie["width"]

    @property
    def model(self) -> str:
        """Fingerprint of the model; results that began with probability maps have none."""
        return self.run["setup"].get("model_sha256") or "none, from probability maps"

    def calibration(self, quantity: str) -> dict:
        """`value`, `assumed` and `origin` of `pixel_size_um` or `frame_interval_ms`."""
        return self.run["setup"]["calibration"][quantity]

    def masks(self, kind: str) -> Path:
        path = self.folder / f"{self.name}_{kind}.tif"
        if not path.exists():
            raise ToolsError(f"{path} is missing; analyse the movie without --no-masks")
        return path

    def frames(self, kind: str) -> Iterator[np.ndarray]:
        """The masks of all frames, one after another."""
        with tifffile.TiffFile(self.masks(kind)) as file:
            if len(file.pages) != self.shape[0] or file.pages.first.shape != self.shape[1:]:
                found = (len(file.pages), *file.pages.first.shape)
                raise ToolsError(
                    f"{self.masks(kind)} has the shape {found}, the movie {self.shape}: they do not belong together"
                )
            for page in file.pages:
                yield page.asarray()


def number(event: dict) -> int:
    """The number that an event has in the masks."""
    return int(event["event_id"].rpartition("-")[2])


def read_analysis(path: Path) -> Analysis:
    """`path`: a `NAME_events.json`."""
    name = path.name.removesuffix(EVENTS)
    try:
        found = json.loads(path.read_text())
        run = json.loads((path.parent / f"{name}_run.json").read_text())
        return Analysis(name, path.parent, found["events"], found.get("cell") or {}, run)
    except FileNotFoundError as error:
        raise ToolsError(
            f"{error.filename} is missing; sparkwatch analyze writes it last, so the analysis did not end"
        ) from error
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ToolsError(f"{path}: not written by sparkwatch analyze ({error!r})") from error


def find_analyses(paths: Sequence[Path]) -> list[Analysis]:
    """All analyses in and below folders, or of files that belong to one."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(path.rglob(f"*{EVENTS}"))
            if not below:
                raise ToolsError(f"{path} holds no results of sparkwatch analyze (NAME{EVENTS})")
            found += below
        elif path.name.endswith(EVENTS):
            found.append(path)
        else:
            raise ToolsError(f"{path} is neither a folder of results nor a NAME{EVENTS}")
    return [read_analysis(path) for path in found]
