"""The search over a store, and the assistants on it, put together as the settings say."""

from dataclasses import dataclass
from functools import cache

from ragkit.assistant import Assistant
from ragkit.config import Config
from ragkit.filters import Filter, In
from ragkit.guards.rules import RuleSet
from ragkit.models.chat import ChatEngine
from ragkit.models.embedder import Embedder
from ragkit.profile import Profile, readable
from ragkit.retrieval.base import Reranker, Retriever
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.expand import ExpandedRetriever
from ragkit.retrieval.hybrid import HybridRetriever
from ragkit.retrieval.rerank import RerankedRetriever
from ragkit.retrieval.rewrite import ModelRewriter
from ragkit.store.store import Store

# Compiling a thousand patterns takes 0.2 s, and nothing in a set of rules changes.
_rule_set = cache(RuleSet.load)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """What the stages of a search are made of. What a chat model drafts is used only where the settings ask for it."""

    store: Store
    embedder: Embedder
    config: Config
    reranker: Reranker | None = None

    def retriever(self, drafting: Drafting | None = None) -> Retriever:
        """Return the search: by meaning and by words, fused, then widened and reranked if that is wanted."""
        settings = self.config.retrieval
        found: Retriever = HybridRetriever(
            self.store, self.embedder, candidates=settings.candidates, meaning=settings.meaning
        )
        if settings.expand and drafting:
            found = ExpandedRetriever(found, drafting, way=settings.expand)
        return RerankedRetriever(found, self.reranker) if self.reranker else found

    def assistant(
        self, profile: Profile, engine: ChatEngine, *, drafting: Drafting | None = None, limit: int | None = None
    ) -> Assistant:
        """Return the assistant of a profile over this search."""
        settings = self.config.retrieval
        return Assistant(
            profile=profile,
            retriever=self.retriever(drafting),
            rewriter=ModelRewriter(drafting) if settings.rewrite == "model" and drafting else None,
            engine=engine,
            scope=scope(self.store, profile.name),
            guards=rules(profile),
            locale=self.config.assistant.locale,
            limit=limit or settings.limit,
            collection=self.store,
            max_question=self.config.limits.question,
        )


def rules(profile: Profile) -> list[RuleSet]:
    """Return the sets of rules that a profile names, in its order."""
    return [_rule_set(name) for name in profile.guards]


def scope(store: Store, assistant: str) -> Filter | None:
    """Return the filter that keeps the other assistants' sources away; None if there are none."""
    sources = store.sources()
    own = readable(sources, assistant)
    return None if len(own) == len(sources) else In("source", tuple(own))
