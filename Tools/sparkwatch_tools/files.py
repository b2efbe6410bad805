"""Files that appear complete or not at all, and never in place of another."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import ToolsError


def refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise ToolsError(f"{path} is there already; move it away, or name another file with --output")


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` when all went well; an existing file is never replaced."""
    refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        draft = folder / path.name
        yield draft
        try:
            # Unlike a renaming, a link does not replace what came there in the meantime.
            os.link(draft, path)
        except FileExistsError:
            refuse_existing(path)
        except OSError:
            # File systems without links, such as FAT and some network drives.
            refuse_existing(path)
            os.rename(draft, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """The same for a folder."""
    refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        draft = folder / path.name
        draft.mkdir()
        yield draft
        refuse_existing(path)
        os.rename(draft, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
