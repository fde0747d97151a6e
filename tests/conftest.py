"""What every test stands on: no network but loopback, and no hub."""

import os
from pathlib import Path

import pytest

# Set before any library reads them: a test that would look for weights online fails instead.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in [name for name in os.environ if name.startswith("RAGKIT_") and name != "RAGKIT_CACHE"]:
        monkeypatch.delenv(name)
