"""Finds a Python environment that can train, makes one if there is none, and runs the trainer in it.

    python3 start.py [--environment FOLDER] WORDS ...

WORDS go to `python -m sparkwatch_training`. Needs Python 3.11 and nothing else. The Python that runs this program is used if it
has all packages already; else an environment is made in FOLDER (by default ~/.local/share/sparkwatch/training), once. Without
an NVIDIA GPU the variant of PyTorch without CUDA is installed, which is a tenth of the size.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent

LEAST_PYTHON = (3, 11)

WITHOUT_CUDA = "https://download.pytorch.org/whl/cpu"

# An iteration is a little faster with memory that is kept instead of given back.
ALLOCATION = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "500000000"}


def main():
    words = sys.argv[1:]
    environment = default_environment()
    if words[:1] == ["--environment"] and len(words) > 1:
        environment, words = Path(words[1]), words[2:]
    if sys.version_info < LEAST_PYTHON:
        sys.exit(f"error: Python {sys.version.split()[0]} is too old to train; name a newer one with --python "
                 f"({'.'.join(map(str, LEAST_PYTHON))} or later)")
    python = sys.executable if has_everything() else made(environment)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    for name, value in ALLOCATION.items():
        os.environ.setdefault(name, value)
    sys.stdout.flush()
    os.execv(python, [python, "-m", "sparkwatch_training", *words])


def default_environment():
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(home) / "sparkwatch" / "training"


def dependencies():
    """What the trainer needs, as pip writes it."""
    import tomllib  # Not in those Pythons that are refused.

    return tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["dependencies"]


def has_everything():
    """Whether this Python has the packages; other versions of them will do."""
    names = [text.partition("==")[0] for text in dependencies()]
    try:
        for name in names:
            metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return all(importlib.util.find_spec(name) for name in names)


def made(environment):
    """The Python of the environment, which is made or brought up to date first."""
    python, note = environment / "bin/python", environment / "sparkwatch-training.txt"
    wanted = hashlib.sha256("\n".join([*dependencies(), f"GPU {has_gpu()}"]).encode()).hexdigest()
    if python.exists() and note.exists() and note.read_text() == wanted:
        return str(python)
    say(f"Making the environment that training needs, once: {environment} (PyTorch {'with' if has_gpu() else 'without'} CUDA; "
        "some minutes, by your connection)")
    environment.parent.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "venv", str(environment)], "on Debian and Ubuntu: apt-get install python3-venv")
    extra = [] if has_gpu() else ["--retries", "1", "--extra-index-url", WITHOUT_CUDA]
    run([str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar",
         "on" if sys.stderr.isatty() else "off", *extra, *dependencies()],
        "without a connection: install these packages into some Python by hand and name it with --python")
    note.write_text(wanted)
    return str(python)


def has_gpu():
    """Whether an NVIDIA GPU is there that CUDA can use."""
    if not shutil.which("nvidia-smi"):
        return False
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    return listed.returncode == 0 and "GPU" in listed.stdout


def run(words, advice):
    if subprocess.run(words, stdout=sys.stderr).returncode:
        sys.exit(f"error: `{' '.join(words[:4])}` failed; {advice}")


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
