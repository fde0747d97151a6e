"""The models: whether they load, and whether a whole prompt fits."""

import time
from collections.abc import Sequence
from dataclasses import replace

from ragkit.config import Config
from ragkit.documents import Chunk, Hit
from ragkit.health.check import Check
from ragkit.ingestion.indexing import chunk_size
from ragkit.models.chat.engine import EXTRACTIVE, ChatEngine
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.judging.groundedness import Grounder
from ragkit.profile import load_profile
from ragkit.prompting.prompts import ANSWER_TOKENS, Prompt, Prompting
from ragkit.retrieval.stages.rerank import CANDIDATES, JudgeReranker

_SENTENCE = "A refund takes five working days, and goes back to the card that was charged. "
_QUESTION = "How long does a refund take, and who may ask for one?"
# As long as most chunks are.
_PASSAGE = _SENTENCE * 10
_BOUNDLESS = 10_000_000
_ROUND = 100  # tokens


def embedder(model: Embedder) -> Check:
    """Tell that a text becomes a vector."""
    vector = model.embed_query("Is anyone there?")
    message = f"{model.fingerprint.model}: {len(vector)} dimensions, {model.window} tokens"
    return Check(name="embedder", level="ok", message=message)


def chat(engine: ChatEngine, *, num_ctx: int) -> Check:
    """Tell which model answers, and its window."""
    if engine.name == EXTRACTIVE:
        message = "extractive: answers are quotations, no language model writes them"
        fix = "For written answers run: ragkit models pull qwen3:4b"
        return Check(name="chat model", level="ok", message=message, fix=fix)
    less = f", the most it was trained on (models.num_ctx is {num_ctx})" if engine.window < num_ctx else ""
    return Check(name="chat model", level="ok", message=f"{engine.name}, {engine.window} tokens{less}")


def prompt(engine: ChatEngine, model: Embedder, config: Config) -> Check:
    """Tell whether the passages of a question fit the window, with chunks as long as they may become.

    What retrieval.prompt_tokens leaves out of them was never meant to fit.

    Raises:
        PromptTooLong: not even one does.
    """
    if engine.reads == "passages":
        return Check(name="prompt", level="ok", message=f"{engine.name} reads passages of any number and length")
    profile, limit = load_profile(config.assistant.default), config.retrieval.limit
    hits = _longest_hits(model, chunk_size(model, config.store.chunk_tokens), limit)
    budget = config.retrieval.prompt_tokens

    def write(hits: Sequence[Hit], window: int) -> Prompt:
        prompting = Prompting(engine=replace(engine, window=window), budget=budget)
        return prompting.prompt(_QUESTION, hits, instructions=profile.instructions)

    written, whole = write(hits, engine.window), write(hits, _BOUNDLESS)
    place, most = f"the {engine.window} tokens of {engine.name}", len(whole.shown)
    if len(written.shown) == most:
        what = f"passages of {budget} tokens together" if budget else f"{limit} passages"
        return Check(name="prompt", level="ok", message=f"{what} fit {place}")
    needed = whole.tokens + ANSWER_TOKENS
    less = f"retrieval.limit = {len(written.shown)}"
    if budget:
        room = engine.window - ANSWER_TOKENS - write([], engine.window).tokens
        less = f"retrieval.prompt_tokens = {max(1, room // _ROUND) * _ROUND}"
    fix = f"Set {less}"
    if engine.window >= config.models.num_ctx:
        fix += f", or models.num_ctx = {-(-needed // 1024) * 1024} if the machine has the memory"
    message = f"{len(written.shown)} of {most} long passages fit {place}"
    return Check(name="prompt", level="warning", message=message, fix=f"{fix}.")


def _longest_hits(model: Embedder, tokens: int, limit: int) -> list[Hit]:
    text = _SENTENCE * max(1, tokens // max(1, model.count_tokens(_SENTENCE)))
    chunk = Chunk(document_id="", ordinal=0, text=text, start=0, end=len(text), uri="", title="Refunds")
    return [Hit(chunk=replace(chunk, document_id=str(number)), score=1) for number in range(limit)]


def reranker(of: JudgeReranker | None) -> Check:
    """Tell how long the reranker takes for the passages of a search."""
    if not of:
        return Check(name="reranker", level="ok", message="none: the passages stand as the search found them")
    judge = of.judge
    start = time.monotonic()
    judge.judge("How long does a refund take?", [f"{number}. {_PASSAGE}" for number in range(1, CANDIDATES + 1)])
    message = f"{judge.name}: {CANDIDATES} passages in {time.monotonic() - start:.1f} s"
    return Check(name="reranker", level="ok", message=message)


def grounder(of: Grounder | None) -> Check:
    """Tell how long what judges claims takes for one."""
    if not of:
        message = f"none: {EXTRACTIVE} only quotes, and quotations need no judge"
        return Check(name="groundedness", level="ok", message=message)
    start = time.monotonic()
    of.probability(_SENTENCE.strip(), _PASSAGE)
    message = f"{of.name}: one claim in {time.monotonic() - start:.1f} s"
    return Check(name="groundedness", level="ok", message=message)
