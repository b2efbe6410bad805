"""What commands print while they work, and how they end."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from . import ToolsError

Item = TypeVar("Item")


def progress(items: Iterable[Item], total: int, what: str, unit: str) -> Iterator[Item]:
    """Hands items on and says on standard error how far it is: on a terminal twice a second, elsewhere every 30 s."""
    on_terminal = sys.stderr.isatty()
    pause = 0.5 if on_terminal else 30.0
    started = shown = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - shown >= pause:
            shown = now
            left = (now - started) / number * (total - number)
            line = f"{what}: {number} of {total} {unit}, {left:.0f} s left"
            print(f"\r\x1b[K{line}" if on_terminal else line, end="" if on_terminal else "\n", file=sys.stderr, flush=True)
    if on_terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def run(command: Callable[[], int | None]) -> None:
    """Runs a command and ends the process with its status; what the user can mend is one line without a traceback."""
    try:
        sys.exit(command() or 0)
    except ToolsError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.exit(f"error: {place}{error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; nothing that was half done is left")
