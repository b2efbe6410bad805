"""`sparkwatch-export`: results of `sparkwatch analyze` for ImageJ, NWB and OME-Zarr."""

import argparse
import sys
from pathlib import Path

from .. import ToolsError, __version__
from ..importing.series import positive
from ..results import Analysis, find_analyses
from ..terminal import run

ENDINGS = {"imagej": "_rois.zip", "nwb": ".nwb", "zarr": ".ome.zarr"}


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="sparkwatch-export",
        description="Writes results of sparkwatch analyze for other programs. " "Nothing is ever replaced.",
    )
    found.add_argument("--version", action="version", version=__version__)
    kinds = found.add_subparsers(dest="kind", required=True, metavar="FORMAT")
    imagej = kinds.add_parser("imagej", help="ROI archive NAME_rois.zip for ImageJ's ROI Manager")
    imagej.add_argument(
        "--every-frame",
        action="store_true",
        help="a ROI for every frame of an event, instead of one for all its pixels at its peak",
    )
    nwb = kinds.add_parser("nwb", help="NAME.nwb: tables of events and their pixels, Neurodata Without Borders")
    add = nwb.add_argument
    add(
        "--session-start",
        metavar="TIME",
        help="when the movie was taken, such as 2026-11-30T14:05:00+01:00; default: as the movie says",
    )
    for name, text in (
        ("subject", "identity of the animal"),
        ("species", "such as 'Mus musculus'"),
        ("age", "ISO 8601, such as P12W"),
        ("subject-description", "anything else about the animal"),
        ("session-id", "identity of the session"),
        ("session-description", "what was done"),
        ("lab", "laboratory"),
        ("institution", "institution"),
        ("microscope", "make and model"),
        ("indicator", "dye or protein, such as 'Fluo-4 AM'"),
        ("location", "what was imaged, such as 'left ventricular myocyte'"),
    ):
        add(f"--{name}", metavar="TEXT", help=text)
    add("--sex", choices=["M", "F", "U", "O"], help="of the animal: male, female, unknown, other")
    add("--experimenter", metavar="NAME", action="append", help="'Last, First'; may be given several times")
    add("--excitation-nm", type=_nanometres, metavar="NM", help="wavelength in nm")
    add("--emission-nm", type=_nanometres, metavar="NM", help="wavelength in nm")
    zarr = kinds.add_parser("zarr", help="NAME.ome.zarr: the movie with its events as labels")
    zarr.add_argument(
        "--ome-zarr-version", choices=["0.4", "0.5"], default="0.5", help="default: 0.5; older programs read 0.4 only"
    )
    zarr.add_argument("--movie", type=Path, help="the movie, if it is not any more where it was analysed")
    for kind in (imagej, nwb, zarr):
        kind.add_argument(
            "results", nargs="+", type=Path, metavar="RESULT", help="folder of results (and all below), or a NAME_events.json"
        )
        kind.add_argument("-o", "--output", type=Path, help="folder to write to; default: beside the results")
    return found


def _nanometres(text: str) -> float:
    value = positive(text)
    if value is None:
        raise argparse.ArgumentTypeError(f"{text} is no number of nm above 0")
    return value


def export(analysis: Analysis, path: Path, options: argparse.Namespace) -> str:
    """Writes one file or folder; returns what is in it. Libraries are imported when they are needed."""
    if options.kind == "imagej":
        from .rois import export_rois

        return f"{export_rois(analysis, path, options.every_frame)} ROIs"
    if options.kind == "nwb":
        from .nwb import export_nwb

        return f"{export_nwb(analysis, path, options)} events"
    from .omezarr import export_zarr

    return f"{export_zarr(analysis, path, options.ome_zarr_version, options.movie)} frames with labels"


def export_all(arguments: list[str] | None = None) -> int:
    """Exports one after another; one that cannot be exported is reported, and the rest go on."""
    options = parser().parse_args(arguments)
    analyses = find_analyses(options.results)
    if options.kind == "zarr" and options.movie and len(analyses) > 1:
        raise ToolsError(f"--movie names one movie, but there are {len(analyses)} results")
    failed = 0
    for analysis in analyses:
        path = (options.output or analysis.folder) / f"{analysis.name}{ENDINGS[options.kind]}"
        try:
            print(f"{path}: {export(analysis, path, options)}", flush=True)
        except ToolsError as error:
            failed += 1
            print(f"error: {error}", file=sys.stderr)
    return 1 if failed else 0


def main() -> None:
    run(export_all)
