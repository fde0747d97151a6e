"""`ragkit init`: a settings file to start from."""

import shlex
from pathlib import Path

from ragkit.cli.console import out
from ragkit.config_file import FILE
from ragkit.errors import ConfigError

TEMPLATE = """\
# Settings of ragkit. Every line that is commented out shows the default.
# An environment variable goes over the file: RAGKIT_MODELS__CHAT=extractive

[store]
# path = "ragkit-store"
# chroma = ""                        # "http://127.0.0.1:8000" uses a Chroma server
# chunk_tokens = 0                   # most tokens of a chunk; 0: the embedding model's window

[models]
# chat = "auto"                      # auto, extractive, ollama:NAME, openai:NAME, llamacpp:PATH
# embedding = "minilm"               # minilm, ollama:NAME, sentence-transformers:NAME
# reranker = ""                      # cross-encoder:NAME, onnx:FOLDER, ollama:NAME, chat; costs time a question
# groundedness = ""                  # chat, cross-encoder:NAME: looks again at each citation; costs time an answer
# url = "http://127.0.0.1:11434"     # where Ollama listens; a list of servers is asked in its order
# openai_url = ""                    # "http://127.0.0.1:8000/v1" for vLLM, LM Studio, llama-server
# gguf = ""                          # what "auto" may load when no Ollama answers
# timeout = 120                      # seconds
# num_ctx = 8192                     # tokens
# temperature = 0
# threads = 1                        # for llama.cpp
# parallel = 1                       # questions a server is given at a time
# keep_alive = "30m"                 # how long Ollama keeps its models loaded; -1: for ever

[retrieval]
# limit = 8                          # passages a question gets
# candidates = 50                    # put up by each search before they are fused
# meaning = 0.6                      # what nearness in meaning counts, 0 to 1; shared words count the rest
# rewrite = "rule"                   # model: the chat model makes follow-up questions whole
# expand = ""                        # queries or hyde: the chat model writes more to search for
# per_document = 0                   # most passages of one document; 0: any number
# mmr = 1                            # below 1 passages are chosen to differ from each other, too
# section_characters = 0             # passages are shown with their whole sections, up to this length
# prompt_tokens = 0                  # the model reads the best sentences of the passages, up to so many tokens; 0: all

[limits]
# question = 4000                    # characters
# file_bytes = 50000000
# parse_seconds = 60

[assistant]
# default = "support"                # legal, support, triage, or the path of your own profile
# locale = ""                        # us, uk, eu, ... picks the emergency number
# cache = 256                        # answers kept in memory for questions that are asked again; 0: none
# datamarking = false                # a sign between the words of passages, against orders that stand in them
# clarify = true                     # ask back where a first question may be about several things
# suggestions = 3                    # questions that may be asked next, named below an answer; 0: none

[records]
# keep = 0                           # days that answers are kept on record; 0: none are
# redact = true                      # e-mail addresses, phone and card numbers, keys and the like are taken out of them

[server]
# keys = "ragkit-keys.toml"          # who may ask ragkit serve; make a key: ragkit serve --new-key NAME --groups a,b
# assistants = ""                    # ["support", "own.toml"]: those that it serves; empty: all, and the default one
# questions = 8                      # answered at a time; more are refused

# A source is a place that documents come from: `ragkit ingest handbook`.
# [sources.handbook]
# connector = "files"
# path = "documents"
"""


def run(*, folder: Path) -> int:
    """Write the file; an existing one is left alone."""
    file = folder / FILE
    if folder.exists() and not folder.is_dir():
        message = f"{str(folder)!r} is no folder. Name the one in which {FILE} shall be."
        raise ConfigError(message, setting="init", value=str(folder))
    if file.exists():
        raise ConfigError(
            f"{str(file)!r} exists already. Delete it first, or edit it.", setting="init", value=str(file)
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(TEMPLATE, encoding="utf-8")
    except OSError as error:
        message = f"{str(file)!r} can't be written: {error.strerror}. Name a folder that you may write to."
        raise ConfigError(message, setting="init") from error
    where = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    out.print(f"Wrote {file}. Next: {where}ragkit ingest PATH")
    return 0
