"""What a search does not need is not imported for it: the process starts in half of the time."""

import subprocess
import sys

from tests.docs.pages import ROOT

SEARCH = """
import sys
from ragkit import wiring
from ragkit.cli import search
from ragkit.config import Config
wiring.indexes(Config())
wiring.embedder("minilm", Config())
print(*sys.modules)
"""


def test_a_search_loads_neither_chroma_nor_the_chat_models_of_langchain() -> None:
    # Broken on purpose: BaseChatModel imported by ragkit/wiring, or ChromaIndexes not deferred there.
    done = subprocess.run(
        [sys.executable, "-c", SEARCH], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "ragkit.workspace" in loaded
    assert not {"chromadb", "langsmith", "langchain_core.language_models", "torch", "onnx"} & loaded
