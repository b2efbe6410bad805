"""The reference page lists every option of every command."""

from pathlib import Path

import pytest

from sparkwatch_tools.exporting.command import parser as export_parser
from sparkwatch_tools.importing.command import parser as import_parser
from sparkwatch_tools.study.command import parser as study_parser

PAGE = Path(__file__).resolve().parents[2] / "Documentation" / "reference" / "tools.md"


def options(parser):
    found = set()
    for action in parser._actions:
        found |= {name for name in action.option_strings if name.startswith("--")}
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            for below in action.choices.values():
                found |= options(below)
    return found - {"--help"}


@pytest.mark.parametrize("parser", [import_parser(), export_parser(), study_parser()], ids=lambda parser: parser.prog)
def test_every_option_is_listed(parser):
    text = PAGE.read_text()
    assert len(options(parser)) > 5
    assert [name for name in sorted(options(parser)) if f"`{name}`" not in text and name != "--version"] == []
