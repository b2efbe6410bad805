"""What people have done about the events of a study: the actions in `NAME_review.jsonl` beside the results."""

import json
from pathlib import Path

import pandas as pd

from .table import Study


def review_state(study: Study, folder: Path) -> pd.DataFrame:
    """`key`, `review_actions`, `reviewers` for every movie; a line that was cut off by a crash is not counted."""
    rows = []
    for key in study.movies.index:
        actions = [
            action for path in sorted((folder / "movies" / str(key)).glob("*_review.jsonl")) for action in _actions(path)
        ]
        people = sorted({str(action[name]) for action in actions for name in ("who", "reviewer") if action.get(name)})
        rows.append({"key": key, "review_actions": len(actions), "reviewers": " ".join(people)})
    return pd.DataFrame(rows)


def _actions(path: Path) -> list[dict]:
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            action = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(action, dict):
            found.append(action)
    return found
