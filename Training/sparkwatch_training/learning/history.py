"""How a model came about, step by step: text in its metadata."""

import json

from ..model import read_model

KEY = "history"

MOST_ENTRIES = 100


def history(path):
    """The entries of a model file, oldest first; a file without them tells what it can."""
    _, metadata = read_model(path)
    try:
        entries = json.loads(metadata.get(KEY, "[]"))
    except ValueError:
        entries = []
    if isinstance(entries, list) and entries:
        return entries[-MOST_ENTRIES:]
    return [{"text": metadata["training"]}] if metadata.get("training") else []


def with_entry(entries, entry):
    """The metadata of a model that continues a history."""
    return {KEY: json.dumps([*entries, entry][-MOST_ENTRIES:], separators=(",", ":"))}
