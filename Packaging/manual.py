"""Writes the manual page (mdoc) of a program from what it tells about its commands (--experimental-dump-help)."""
import argparse
import json
import pathlib
import subprocess


def text(value):
    """A text of the program as mdoc: escaped, paragraphs apart."""
    lines = []
    for line in value.replace("\\", "\\e").replace("`", "\\(ga").split("\n"):
        if not line.strip():
            lines.append(".Pp")
        else:
            # A dot or an apostrophe in front would make a request of the line.
            lines.append(("\\&" if line.lstrip()[0] in ".'" else "") + line.strip())
    return "\n".join(lines)


def quoted(value):
    return '"' + value.replace("\\", "\\e").replace('"', "\\(dq") + '"'


def name(argument):
    """The option as it is typed, or the value that stands without one."""
    if argument["kind"] == "positional":
        return ".Ar " + quoted(argument["valueName"])
    names = [("-" if n["kind"] == "short" else "--") + n["name"] for n in argument["names"]]
    value = "" if argument["kind"] == "flag" else f' Ar {quoted(argument["valueName"])}'
    return ".Li " + quoted(", ".join(names)) + value


def merged(arguments):
    """A flag and its opposite, which say the same, as one."""
    result = []
    for argument in arguments:
        last = result[-1] if result else None
        if last and argument["kind"] == last["kind"] == "flag" and argument.get("abstract") == last.get("abstract"):
            result[-1] = {**last, "names": last["names"] + argument["names"]}
        else:
            result.append(argument)
    return result


def options(command):
    shown = merged(a for a in command.get("arguments", []) if a["shouldDisplay"])
    if not shown:
        return []
    lines = [".Bl -tag -width 6n"]
    for argument in shown:
        lines += [".It " + name(argument).removeprefix("."), text(argument.get("abstract", ""))]
        if "defaultValue" in argument:
            lines.append(text(f'Default: {argument["defaultValue"]}.'))
        if argument.get("discussion"):
            lines += [".Pp", text(argument["discussion"])]
    return lines + [".El"]


def shown_children(command):
    return [c for c in command.get("subcommands", []) if c["shouldDisplay"] and c["commandName"] != "help"]


def sections(command, parents=()):
    """A section per command that has something to say, in the order of the help."""
    path = [*parents, command["commandName"]]
    lines = [".Sh " + " ".join(path).upper(), text(command.get("abstract", ""))]
    if command.get("discussion"):
        lines += [".Pp", text(command["discussion"])]
    lines += options(command)
    for child in shown_children(command):
        lines += sections(child, path)
    return lines


def page(command, version, date):
    program = command["commandName"]
    children = [child["commandName"] for child in shown_children(command)]
    lines = [f".Dd {date}", f".Dt {program.upper()} 1", f".Os Sparkwatch {version}"]
    lines += [".Sh NAME", f".Nm {program}", ".Nd " + command["abstract"][0].lower() + command["abstract"][1:].rstrip(".")]
    lines += [".Sh SYNOPSIS"]
    for child in children:
        lines += [f".Nm {program}", f".Cm {child}", ".Op Ar options"]
    lines += [".Sh DESCRIPTION", text(command["abstract"])]
    if command.get("discussion"):
        lines += [".Pp", text(command["discussion"])]
    lines += options(command)
    for child in shown_children(command):
        lines += sections(child, [program])
    lines += [".Sh FILES", ".Bl -tag -width 6n"]
    lines += [".It Pa /usr/share/sparkwatch", "The default model, examples of the configuration and of trigger rules."]
    lines += [".It Pa /usr/share/doc/sparkwatch", "The documentation.", ".El"]
    lines += [".Sh ENVIRONMENT", ".Bl -tag -width 6n", ".It Ev SPARKWATCH_ISA"]
    lines += ["The most that the network may use of the processor: portable, avx2 or avx512.", ".El"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="executable")
    parser.add_argument("--release", required=True, help="version that the page names")
    parser.add_argument("--date", required=True, help="date that the page names, such as 'June 3, 2026'")
    arguments = parser.parse_args()
    help_text = subprocess.run([arguments.program, "--experimental-dump-help"], check=True, capture_output=True).stdout
    print(page(json.loads(help_text)["command"], arguments.release, arguments.date), end="")


if __name__ == "__main__":
    main()
