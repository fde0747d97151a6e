"""A domain as data: how an assistant speaks, what it refuses, and which rules stand before its model."""

import difflib
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragkit.config_file import explain, read_toml
from ragkit.errors import ConfigError


class Profile(BaseModel):
    """One assistant's character. `guards` names sets of rules; `evidence` is the least that retrieval must bring.

    That is the probability that the passages answer; see `evidence` of retrieval.
    `unsupported` says what becomes of a sentence that no passage says: it is marked, or left out and counted.
    `notice` is shown before the first question, `disclaimer` below every answer.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    instructions: str
    notice: str
    disclaimer: str = ""
    not_found: str
    escalate: str = ""
    out_of_scope: str = ""
    guards: tuple[str, ...] = ()
    evidence: float = Field(default=0.2, ge=0, le=1)
    unsupported: Literal["mark", "drop"] = "mark"
    examples: tuple[str, ...] = ()


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


def load_profile(name: str) -> Profile:
    """Return a profile by the name of one that comes with ragkit, or by the path of your own TOML file.

    Raises:
        ConfigError: there is no such profile, or it has a key that profiles don't know.
    """
    if name in installed_profiles():
        values = tomllib.loads((resources.files("ragkit") / "profiles" / f"{name}.toml").read_text(encoding="utf-8"))
    elif name.endswith(".toml") and Path(name).is_file():
        values = read_toml(Path(name), setting="assistant")
    else:
        raise _unknown(name)
    try:
        return Profile(**values)
    except ValidationError as error:
        raise explain(error, Profile, where=name) from error


def _unknown(name: str) -> ConfigError:
    known = installed_profiles()
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    message = f"there is no assistant {name!r}. {hint}Known: {', '.join(known)}, or the path of a .toml file."
    return ConfigError(message, setting="assistant.default", value=name)
