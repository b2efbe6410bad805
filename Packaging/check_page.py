"""Checks that the live page at a URL consists of the files that were installed."""
import pathlib
import sys
import urllib.request

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
files = sorted(folder.iterdir())
assert len(files) > 10, f"{folder} holds {len(files)} files"
for file in files:
    with urllib.request.urlopen(url + ("" if file.name == "index.html" else file.name), timeout=60) as answer:
        assert answer.status == 200 and answer.read() == file.read_bytes(), file.name
