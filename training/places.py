"""Where things lie, and what is held out. Nothing here is large: data and checkpoints stay outside the repository."""

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("DAUYS_TRAINING") or Path.home() / ".cache/dauys/training")
CORPUS = HOME / "corpus"
RUNS = HOME / "runs"


def share(*key: str) -> float:
    """A number from 0 to 1 that belongs to the key for ever: what is held out is held out in every run."""
    digest = hashlib.sha256("\x1f".join(key).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
