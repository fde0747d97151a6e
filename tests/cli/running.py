"""What a command left behind, and what it was asked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SETTINGS = """
[models]
url = "{url}"
embedding = "ollama:words"
chat = "ollama:scripted"
"""
WRITTEN = (
    "A refund takes five working days [1]. It goes back to the card that was charged [1]. "
    "Only the owner of the account can ask for a refund [2]. Gold coins are sent by pigeon to every owner [2][9]."
)
QUESTION = "How long does a refund take?"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        assert self.err == ""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line on standard error of a command that was refused."""
        assert (self.code, self.out) == (2, "")
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("error: ").rstrip()


Run = Callable[..., Ran]
