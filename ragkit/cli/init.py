"""`ragkit init`: a settings file to start from."""

import shlex
from pathlib import Path

from ragkit.cli.console import out
from ragkit.config import FILE
from ragkit.errors import ConfigError

TEMPLATE = """\
# Settings of ragkit. Every line that is commented out shows the default.
# An environment variable goes over the file: RAGKIT_MODELS__CHAT=extractive

[store]
# path = "ragkit-store"
# chroma = ""                        # "http://127.0.0.1:8000" uses a Chroma server

[models]
# chat = "auto"                      # auto, extractive, ollama:NAME, llamacpp:PATH
# embedding = "minilm"               # minilm, ollama:NAME, sentence-transformers:NAME
# reranker = ""                      # cross-encoder:NAME, onnx:FOLDER, ollama:NAME, chat; costs time a question
# url = "http://127.0.0.1:11434"     # where Ollama listens
# gguf = ""                          # what "auto" may load when no Ollama answers
# timeout = 120                      # seconds
# num_ctx = 8192                     # tokens
# temperature = 0
# threads = 1                        # for llama.cpp

[retrieval]
# limit = 8                          # passages a question gets
# candidates = 50                    # put up by each search before they are fused
# rewrite = "rule"                   # model: the chat model makes follow-up questions whole
# expand = ""                        # queries or hyde: the chat model writes more to search for

[limits]
# question = 4000                    # characters
# file_bytes = 50000000
# parse_seconds = 60

[assistant]
# default = "support"                # legal, support, triage, or the path of your own profile
# locale = ""                        # us, uk, eu, ... picks the emergency number

# A source is a place that documents come from: `ragkit ingest handbook`.
# [sources.handbook]
# connector = "files"
# path = "documents"
"""


def run(*, folder: Path) -> int:
    """Write the file; an existing one is left alone."""
    file = folder / FILE
    if file.exists():
        raise ConfigError(
            f"{str(file)!r} exists already. Delete it first, or edit it.", setting="init", value=str(file)
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(TEMPLATE, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{str(file)!r} can't be written: {error.strerror}.", setting="init") from error
    where = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    out.print(f"Wrote {file}. Next: {where}ragkit ingest PATH")
    return 0
