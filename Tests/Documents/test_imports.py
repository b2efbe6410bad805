"""The import graph of the sources: every target imports what the architecture allows, nothing in a circle."""

import re
from collections import defaultdict

from project_files import ROOT

# Target: what it may import itself; what that may import is allowed too.
MAY_IMPORT = {
    "CLibraries": "",
    "CKernels": "",
    "Imaging": "",
    "UNet": "CKernels COpenBLAS Imaging",
    "Detection": "UNet Imaging",
    "SparkwatchDetection": "Detection",
    "Session": "Detection",
    "Triggers": "Session",
    "Scoring": "Imaging",
    "Wire": "Session Triggers",
    "ZeroMQ": "Wire CZeroMQ",
    "Actions": "Triggers Wire ZeroMQ",
    "Journal": "Wire",
    "Movies": "Imaging CTIFF",
    "Corrections": "Imaging",
    "Sound": "Session CSndFile",
    "Dashboard": "Corrections Session Wire NIOCore NIOHTTP1 NIOPosix NIOWebSocket",
    "Live": "Actions Dashboard Journal Movies Sound",
    "Review": "Dashboard Journal Movies",
    "Command": "Live Review Scoring ArgumentParser",
    "Simulator": "Live ArgumentParser",
}
# Libraries that are a way out of the process: a file knows one of them at most.
EDGES = {"CZeroMQ", "CTIFF", "CSndFile", "NIOPosix"}
LONGEST_FILE = 400


def folder(target):
    return ROOT / "Simulator" if target == "Simulator" else ROOT / "Sources" / target


def sources(target):
    return sorted(folder(target).rglob("*.swift"))


def imports(text):
    return set(re.findall(r"^(?:package |public |private |@testable )?import (\w+)$", text, re.MULTILINE))


def allowed(target):
    found, open_targets = set(), [target]
    while open_targets:
        for name in MAY_IMPORT.get(open_targets.pop(), "").split():
            if name not in found:
                found.add(name)
                open_targets.append(name)
    return found


def test_the_table_names_every_target():
    assert sorted(path.name for path in (ROOT / "Sources").iterdir() if path.is_dir()) == sorted(
        set(MAY_IMPORT) - {"Simulator"}
    )


def test_the_table_has_no_circle():
    assert [target for target in MAY_IMPORT if target in allowed(target)] == []


def test_no_file_imports_beyond_the_table():
    known = set(MAY_IMPORT) | {name for names in MAY_IMPORT.values() for name in names.split()}
    strays = [
        f"{path.relative_to(ROOT)}: {name}"
        for target in MAY_IMPORT
        for path in sources(target)
        for name in sorted((imports(path.read_text()) & known) - allowed(target))
    ]
    assert strays == []


def test_no_file_knows_two_edges():
    found = [
        str(path.relative_to(ROOT))
        for target in MAY_IMPORT
        for path in sources(target)
        if len(imports(path.read_text()) & EDGES) > 1
    ]
    assert found == []


def test_no_swift_file_is_longer_than_one_can_read():
    files = [path for top in ("Sources", "Simulator", "Tests") for path in (ROOT / top).rglob("*.swift")]
    assert len(files) > 300
    assert [str(path) for path in files if len(path.read_text().splitlines()) > LONGEST_FILE] == []


def circles(edges):
    """Folders that can be reached from themselves."""
    found = []
    for start in edges:
        seen, todo = set(), list(edges[start])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(edges.get(name, ()))
        if start in seen:
            found.append(start)
    return sorted(found)


def test_folders_of_a_target_use_each_other_without_circles():
    """Types that are declared in one folder and named in another; files at the top of a target tie folders together."""
    declaration = re.compile(r"^(?:package |final |indirect )*(?:struct|class|enum|protocol) (\w+)", re.MULTILINE)
    found = {}
    for target in MAY_IMPORT:
        texts = {path: re.sub(r"//.*", "", path.read_text()) for path in sources(target)}
        place = {path: str(path.parent.relative_to(folder(target))) for path in texts}
        home = {name: place[path] for path, text in texts.items() for name in declaration.findall(text)}
        edges = defaultdict(set)
        for path, text in texts.items():
            used = {home[word] for word in re.findall(r"\b[A-Z]\w+\b", text) if word in home}
            edges[place[path]] |= used - {place[path], "."}
        edges.pop(".", None)
        found[target] = circles(edges)
    assert {target: names for target, names in found.items() if names} == {}
