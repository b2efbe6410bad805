"""Which reader opens a path."""

from pathlib import Path

from .. import ToolsError
from .series import Source

FORMATS = ".nd2, .lif, .lof, .xlif, .czi, .oif, .oib, .tif, .tiff, .stk, .lsm, .nd, .zarr, folders of Micro-Manager"


def open_source(path: Path) -> Source:
    """Opens a file or folder by its ending, or by what lies in the folder. Readers are imported when they are needed."""
    if not path.exists():
        raise ToolsError(f"{path} does not exist")
    ending = path.suffix.lower()
    if ending == ".nd2":
        from .nikon import open_nd2

        return open_nd2(path)
    if ending in (".lif", ".lof", ".xlif", ".lifext"):
        from .leica import open_lif

        return open_lif(path)
    if ending == ".czi":
        from .zeiss import open_czi

        return open_czi(path)
    if ending in (".oif", ".oib", ".oir", ".poir"):
        from . import olympus

        return olympus.open_oir(path) if ending.endswith("oir") else olympus.open_oif(path)
    if ending == ".nd":
        from .folders import open_metamorph

        return open_metamorph(path)
    if path.is_dir():
        if any((path / name).exists() for name in (".zattrs", ".zgroup", "zarr.json")):
            from .omezarr import open_zarr

            return open_zarr(path)
        from .folders import open_micromanager

        return open_micromanager(path)
    if ending in (".tif", ".tiff", ".stk", ".lsm", ".btf", ".tf8"):
        from .tiff import open_tiff

        return open_tiff(path)
    raise ToolsError(f"{path}: no reader for {ending or 'files without ending'}; there are readers for {FORMATS}")
