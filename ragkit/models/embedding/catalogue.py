"""The open embedding models that ragkit knows and recommends: `catalogue.toml` as objects."""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

Benchmark = Literal["beir", "miracl", "mmteb"]
Checked = Literal["weights", "card", "unchecked"]


class _Entry(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class Family(_Entry):
    """Models that want the same in front of a question and in front of a document, and where their makers say so.

    `names` is a pattern of whole names in small letters, without owner.
    """

    names: str
    query: str
    document: str
    card: str


class Score(_Entry):
    """A published retrieval score: nDCG@10 in hundredths, and the page it was read on."""

    benchmark: Benchmark
    value: float = Field(gt=0, lt=100)
    source: str


class Recommended(_Entry):
    """An embedding model worth having, with what was read of it.

    `settings` are what `models.embedding` may hold for it. `window` is in tokens, `parameters` in millions. `languages`
    is `English`, or how many. `checked` is said of prefix and pooling; `sources` are the pages that tell them.
    """

    name: str
    settings: tuple[str, ...] = Field(min_length=1)
    dimension: int
    window: int
    pooling: Literal["mean", "cls", "last token"]
    languages: str
    licence: str
    parameters: int
    megabytes: int
    scores: tuple[Score, ...]
    checked: Checked
    sources: tuple[str, ...] = Field(min_length=1)
    note: str = ""

    def score(self, benchmark: Benchmark) -> str:
        """Return the score as it is shown: two places, or a dash where none was read."""
        return next((f"{score.value:.2f}" for score in self.scores if score.benchmark == benchmark), "-")


class _Catalogue(_Entry):
    family: tuple[Family, ...]
    model: tuple[Recommended, ...]


def family(model: str) -> Family | None:
    """Return the family of a model by its name on Hugging Face or in Ollama; None if it is not known."""
    name = model.rstrip("/").rsplit("/", 1)[-1].lower()
    return next((one for one in _catalogue().family if re.fullmatch(one.names, name)), None)


def prefixes(model: str) -> tuple[str, str]:
    """Return what a model wants to read in front of a question and in front of a document: without it, it finds less.

    It goes by the name on Hugging Face or in Ollama; an owner in front and a tag behind make no difference. A model
    that is not known gets none: two empty strings.
    """
    known = family(model)
    return (known.query, known.document) if known else ("", "")


def recommended() -> tuple[Recommended, ...]:
    """Return the recommended models: those for English, then those for many languages, small ones first."""
    return _catalogue().model


@cache
def _catalogue() -> _Catalogue:
    text = (resources.files("ragkit.models.embedding") / "catalogue.toml").read_text("utf-8")
    return _Catalogue.model_validate(tomllib.loads(text))
