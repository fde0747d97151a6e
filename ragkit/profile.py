"""A domain as data: how an assistant speaks, what it refuses, and which rules stand before its model."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragkit.config_file import explain, read_toml
from ragkit.errors import ConfigError
from ragkit.language.messages import ENGLISH, Messages, english, misplaced, shipped
from ragkit.language.recognition import Recogniser

# What a profile says itself; all else is ragkit's.
_SAID = ("notice", "disclaimer", "not_found", "escalate", "out_of_scope")
_CODE = r"^[a-z]{2,3}$"


class Profile(BaseModel):
    """One assistant's character. `guards` names sets of rules; `evidence` is the least that retrieval must bring.

    That is the probability that the passages answer; see `evidence` of retrieval.
    `unsupported` says what becomes of a sentence that no passage says: it is marked, or left out and counted.
    `notice` is shown before the first question, `disclaimer` below every answer. These texts are in `language`;
    `messages` has them, and ragkit's own, in others, by code.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    language: str = Field(default=ENGLISH, pattern=_CODE)
    instructions: str
    notice: str
    disclaimer: str = ""
    not_found: str
    escalate: str = ""
    out_of_scope: str = ""
    guards: tuple[str, ...] = ()
    evidence: float = Field(default=0.12, ge=0, le=1)
    unsupported: Literal["mark", "drop"] = "mark"
    examples: tuple[str, ...] = ()
    messages: Mapping[Annotated[str, Field(pattern=_CODE)], Messages] = {}

    @property
    def main(self) -> Messages:
        """The messages of an assistant that was not asked yet, or in no language that it can tell."""
        return self._messages(self.language)

    def speaks(self, questions: Sequence[str]) -> Messages:
        """Return the messages in the language of the last question that shows one; the oldest question is first.

        What the profile does not say in that language comes in its own.
        """
        return self._messages(self._recogniser.last(questions) or self.language)

    @cached_property
    def _recogniser(self) -> Recogniser:
        codes = dict.fromkeys([*shipped(), *self.messages])
        return Recogniser({code: self._messages(code) for code in codes})

    def _messages(self, code: str) -> Messages:
        main = Messages(**{key: getattr(self, key) for key in _SAID})
        own = self.messages.get(code, Messages())
        known = shipped().get(code) or self._unknown(code)
        return own.over(main).over(known).model_copy(update={"language": code})

    def _unknown(self, code: str) -> Messages:
        """Return what is said in a language that ragkit has no words for: what it says in the profile's own."""
        base = shipped().get(self.language, english()) if code != self.language else english()
        return base.model_copy(update={"words": "", "letters": "", "name": "", "called": {}})


@cache
def installed_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with ragkit, sorted."""
    folder = resources.files("ragkit") / "profiles"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def reader(source: str) -> str:
    """Return the assistant that alone reads a source: the one whose name and a slash begin it. Empty if all do."""
    first, slash, _ = source.partition("/")
    return first if slash and first in installed_profiles() else ""


def readable(sources: Sequence[str], assistant: str) -> list[str]:
    """Return those of the sources that an assistant reads, in their order."""
    return [source for source in sources if reader(source) in ("", assistant)]


def load_profile(name: Profile | Path | str) -> Profile:
    """Return a profile by the name of one that comes with ragkit, or by the path of your own TOML file.

    A profile comes back as it is. A file is read each time, so that a change of it counts; paths of rules in it go from
    its own folder.

    Raises:
        ConfigError: there is no such profile, or it has a key that profiles don't know.
    """
    if isinstance(name, Profile):
        return name
    if name in installed_profiles():
        return _shipped(str(name))
    file = Path(name)
    if file.suffix != ".toml" or not file.is_file():
        raise _unknown(str(name))
    profile = _made(read_toml(file, setting="assistant"), where=str(name))
    guards = [str(file.parent / guard) if guard.endswith(".toml") else guard for guard in profile.guards]
    return profile.model_copy(update={"guards": tuple(guards)})


@cache
def _shipped(name: str) -> Profile:
    text = (resources.files("ragkit") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")
    return _made(tomllib.loads(text), where=name)


def _made(values: Mapping[str, Any], *, where: str) -> Profile:
    try:
        profile = Profile(**values)
    except ValidationError as error:
        raise explain(error, Profile, where=where) from error
    for code, own in profile.messages.items():
        if wrong := misplaced(own):
            message = f"{where}: messages.{code}.{wrong} is nothing that ragkit fills in. Look at docs/assistants.md."
            raise ConfigError(message, setting=f"messages.{code}", value=wrong)
    return profile


def _unknown(name: str) -> ConfigError:
    known = installed_profiles()
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    message = f"there is no assistant {name!r}. {hint}Known: {', '.join(known)}, or the path of a .toml file."
    return ConfigError(message, setting="assistant.default", value=name)
