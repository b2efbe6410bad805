"""Links between documents lead somewhere."""

import re

import pytest

from project_files import DOCUMENTATION, ROOT, documents

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def anchors(path):
    """The names that a page's headings have as targets of links."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path):
    return [link for link in LINK.findall(without_code(path.read_text())) if "://" not in link]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(path):
    for link in links(path):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading in {target.name}"


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        targets = ((path.parent / link.partition("#")[0]).resolve() for link in links(path))
        waiting += [target for target in targets if target.suffix == ".md" and target.exists()]
    pages = [path for path in documents() if path.is_relative_to(DOCUMENTATION)]
    assert len(pages) > 20
    assert not [str(path) for path in pages if path not in reached]


def test_pictures_are_shown_somewhere():
    shown = {(path.parent / link).resolve() for path in documents() for link in links(path)}
    assert not [picture.name for picture in (DOCUMENTATION / "pictures").iterdir() if picture not in shown]


def test_files_that_programs_and_configurations_name_exist():
    named = re.compile(r"(?:Documentation|Benchmarks|Training|Config)/[\w./-]+\.(?:md|py|json5|safetensors)")
    sources = [path for folder in ("Sources", "Simulator", "Config") for path in (ROOT / folder).rglob("*")
               if path.suffix in (".swift", ".json5", ".js", ".html", ".sh")]
    texts = {path: path.read_text() for path in [*sources, *documents()]}
    names = {(path, name) for path, text in texts.items() for name in named.findall(text)}
    assert len(names) > 10
    assert not [(str(path), name) for path, name in names if not (ROOT / name).exists() and not (path.parent / name).exists()]


def test_swift_files_that_documents_name_exist():
    named = {name for path in documents() for name in re.findall(r"\b[A-Z]\w+(?:\+\w+)?\.swift\b", path.read_text())}
    there = {path.name for folder in ("Sources", "Simulator", "Tests") for path in (ROOT / folder).rglob("*.swift")} | {"Package.swift"}
    assert len(named) > 15
    assert sorted(named - there) == []
