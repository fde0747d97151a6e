"""What a search does not need is not imported for it: the process starts in half of the time."""

import subprocess
import sys
from pathlib import Path

from ragkit import open_workspace
from ragkit.testing.embeddings import WordEmbeddings
from ragkit.testing.sources import MemoryConnector
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


ANSWER = f"""
{SEARCH.removesuffix("print(*sys.modules)" + chr(10))}
from ragkit.cli import ask
wiring.chat_engine("extractive", Config(), embedder=lambda: wiring.embedder("minilm", Config()))
print(*sys.modules)
"""


STATS = """
import sys
from ragkit import open_workspace
with open_workspace("{}") as opened, opened.maintenance() as kept:
    stats = kept.stats()
    assert (stats.indexed, len(kept.documents(viewer=kept.owner))) == (1, 1)
print(*sys.modules)
"""


def test_an_extractive_answer_loads_no_chat_model_of_langchain() -> None:
    # Broken on purpose: ExtractiveChat made a BaseChatModel again (0.3 s of CPU time).
    assert not {"langsmith", "langchain_core.language_models", "torch"} & loaded(ANSWER)


def test_a_search_loads_neither_chroma_nor_the_chat_models_of_langchain() -> None:
    # Broken on purpose: BaseChatModel imported by ragkit/wiring, or ChromaIndex imported outside of `_chroma` there.
    modules = loaded(SEARCH)
    assert "ragkit.workspace" in modules
    assert not {"chromadb", "langsmith", "langchain_core.language_models", "torch", "onnx"} & modules


def test_looking_at_a_store_loads_no_chroma(tmp_path: Path) -> None:
    # Broken on purpose: `ChromaIndex` imported by store/index/chroma_folders.py (1.2 s of CPU time).
    with open_workspace(tmp_path / "store", embedding=WordEmbeddings()) as opened:
        opened.ingest(MemoryConnector({"lease.md": "The notice is one month."}))
    modules = loaded(STATS.format(tmp_path / "store"))
    assert "ragkit.store.index.chroma_folders" in modules
    assert "chromadb" not in modules


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    return set(done.stdout.split())
