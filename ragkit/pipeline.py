"""The search over a store, and the assistants on it, put together as the settings say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial

from ragkit import wiring
from ragkit.answer import Answer
from ragkit.answering.closest import Closest
from ragkit.assistant import Assistant
from ragkit.config import Config
from ragkit.documents import Viewer, stable_id
from ragkit.filters import Filter, In
from ragkit.guards.rules import RuleSet
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.models.extractive.choosing import Chooser
from ragkit.profile import Profile, readable
from ragkit.prompting.nearness import Nearness
from ragkit.prompting.replies import Replies
from ragkit.recording.recorder import Given, Recorder, recorded
from ragkit.retrieval.base import Reranker, Retriever
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.hybrid import HybridRetriever
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.retrieval.questions.rewrite import Rewriter
from ragkit.retrieval.questions.suggested import Suggester
from ragkit.retrieval.refusing.uncovered import Coverage
from ragkit.retrieval.stages.distinct import DistinctRetriever
from ragkit.retrieval.stages.expand import ExpandedRetriever
from ragkit.retrieval.stages.rerank import RerankedRetriever
from ragkit.retrieval.stages.shaped import SPARE, ShapedRetriever
from ragkit.store.catalog.journal import Journal
from ragkit.store.store import Store
from ragkit.text.marks import Marks

# The tables of the settings that make an answer what it is.
_ANSWERING: Mapping[str, set[str] | bool] = {
    "store": {"tenant", "chunk_tokens"},
    **dict.fromkeys(("models", "retrieval", "limits", "assistant"), True),
}
# Compiling a thousand patterns takes 0.2 s, and nothing in a set of rules changes.
_rule_set = cache(RuleSet.load)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """What the stages of a search are made of. What a chat model drafts is used only where the settings ask for it."""

    store: Store
    embedder: Embedder
    config: Config
    reranker: Reranker | None = None
    replies: Replies | None = None

    def retriever(self, drafting: Drafting | None = None) -> Retriever:
        """Return the search: by meaning and by words, fused, widened and reranked if that is wanted, then shaped."""
        settings = self.config.retrieval
        found: Retriever = DistinctRetriever(self._hybrid, per_document=SPARE * settings.per_document)
        if settings.expand and drafting:
            found = ExpandedRetriever(found, drafting, way=settings.expand)
        if self.reranker:
            found = RerankedRetriever(found, self.reranker)
        return ShapedRetriever(
            found,
            self.store,
            per_document=settings.per_document,
            relevance=settings.mmr,
            section_characters=settings.section_characters,
        )

    def assistant(
        self, profile: Profile, engine: ChatEngine, *, drafting: Drafting | None = None, limit: int | None = None
    ) -> Assistant:
        """Return the assistant of a profile over this search."""
        settings = self.config.retrieval
        least, guards = profile.evidence if settings.evidence is None else settings.evidence, rules(profile)
        assistant = Assistant(
            # A copy would learn again by which words it tells languages apart.
            profile=profile if least == profile.evidence else profile.model_copy(update={"evidence": least}),
            retriever=self.retriever(drafting),
            rewriter=Rewriter(drafting) if settings.rewrite == "model" and drafting else None,
            engine=engine,
            scope=partial(scope, self.store, profile.name),
            guards=guards,
            locale=self.config.assistant.locale,
            limit=limit or settings.limit,
            collection=self.store,
            words=LexicalRetriever(self.store),
            grounder=wiring.grounder(self.config, engine),
            max_question=self.config.limits.question,
            prompt_tokens=settings.prompt_tokens,
            nearness=Nearness(self._sentences) if settings.prompt_tokens else None,
            documents=self.store,
            replies=self.replies,
            clarifies=self.config.assistant.clarify,
            suggester=self._suggester(least, guards),
            coverage=Coverage(self._sentences),
            closest=Closest(chooser=Chooser(vectors=self._sentences)),
            marks=Marks(secret=self.store.secret, between_words=self.config.assistant.datamarking),
        )
        return recorded(assistant, recorder(self.config))

    @cached_property
    def _hybrid(self) -> HybridRetriever:
        # One for all: it learns how the texts are written.
        settings = self.config.retrieval
        return HybridRetriever(self.store, self.embedder, candidates=settings.candidates, meaning=settings.meaning)

    @cached_property
    def _sentences(self) -> SentenceVectors:
        return SentenceVectors(self.embedder)

    def _suggester(self, least: float, guards: Sequence[RuleSet]) -> Suggester | None:
        most = self.config.assistant.suggestions
        if not most:
            return None
        return Suggester(
            words=LexicalRetriever(self.store),
            documents=self.store,
            most=most,
            least=least,
            is_stopped=lambda text: any(each.check(text) for each in guards),
        )


def recorder(config: Config) -> Recorder | None:
    """Return what records the answers given under these settings; None if they ask for no records."""
    return recording(config) if config.records.keep else None


def recording(config: Config) -> Recorder:
    """Return what makes records under these settings, whether they are kept or not."""
    return Recorder(
        journal=Journal(config.store.path),
        days=config.records.keep,
        redacts=config.records.redact,
        settings=stable_id(config.model_dump_json(include=_ANSWERING))[:12],
    )


def ruled(answer: Answer | None, profile: Profile, config: Config) -> Answer | None:
    """Record an answer that rules gave without an assistant, if there is one, and return it."""
    keeper = recorder(config)
    return keeper.keep(answer, Given(profile=profile, viewer=Viewer.local())) if answer and keeper else answer


def rules(profile: Profile) -> list[RuleSet]:
    """Return the sets of rules that a profile names, in its order."""
    return [_rule_set(name) for name in profile.guards]


def scope(store: Store, assistant: str) -> Filter | None:
    """Return the filter that keeps the other assistants' sources away; None if there are none today."""
    sources = store.sources()
    own = readable(sources, assistant)
    return None if len(own) == len(sources) else In("source", tuple(own))
