"""Writes Documentation/reference/options.md from the programs' own help: python Tests/Documents/options_page.py"""

import json
import re

from project_files import DOCUMENTATION, output

PAGE = DOCUMENTATION / "reference" / "options.md"

INTRODUCTION = """\
# Options

This page is made from the programs' own help by `python Tests/Documents/options_page.py`; a test compares the two.
`--help` after any command prints the same. `--version` prints the version.

## The configuration file

`sparkwatch live --config live.json5` takes options from a JSON5 file. Every option of `live` but `--config` is a key, in
camel case: `--pixel-size-um 0.2` is `pixelSizeUm: 0.2`, `--no-page` is `page: false`. The command line wins. Unknown keys
are refused. `Config/live.json5` holds every key.
"""


def commands(program):
    """Every command of a program with its path, depth first; those that only hold others are left out."""

    def walk(command, path):
        children = [child for child in command.get("subcommands", []) if child["commandName"] != "help"]
        if not children:
            yield path, command
        for child in children:
            yield from walk(child, [*path, child["commandName"]])

    return walk(json.loads(output(program, "--experimental-dump-help"))["command"], [program])


def listed(argument):
    return argument.get("shouldDisplay", True) and argument["valueName"] not in ("help", "version")


def names(argument):
    """As one types it, such as `--output`, `-o` or `--page`, `--no-page`."""
    if argument["kind"] == "positional":
        dots = " ..." if argument["isRepeating"] else ""
        return f"`<{argument['valueName']}>{dots}`"
    dashes = {"long": "--", "short": "-", "longWithSingleDash": "-"}
    return ", ".join(f"`{dashes[name['kind']]}{name['name']}`" for name in argument["names"])


def cell(text):
    return re.sub(r"\s+", " ", text or "").replace("|", "\\|").strip()


def arguments(command):
    """Those of a command, a flag and its opposite as one with both names."""
    found = []
    for argument in filter(listed, command.get("arguments", [])):
        opposite = found and found[-1]["kind"] == argument["kind"] == "flag" and f"no-{found[-1]['valueName']}"
        if opposite == argument["valueName"]:
            found[-1]["names"] += argument["names"]
        else:
            found.append(argument)
    return found


def rows(command):
    for argument in arguments(command):
        values = argument.get("allValues")
        choice = f" One of {', '.join(f'`{value}`' for value in values)}." if values else ""
        default = argument.get("defaultValue")
        text = f"`{cell(default)}`" if default else "" if argument["isOptional"] else "required"
        yield f"| {names(argument)} | {cell(argument.get('abstract'))}{choice} | {text} |"


def page():
    parts = [INTRODUCTION]
    for program in ("sparkwatch", "sparksim"):
        for path, command in commands(program):
            parts.append(f"\n## {' '.join(path)}\n\n{cell(command['abstract'])}\n")
            parts.append("\n| option | meaning | default |\n|---|---|---|\n" + "\n".join(rows(command)) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
