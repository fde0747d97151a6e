"""The assistants that are served, and the turns of their late answers."""

from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ragkit.answer import Answer
from ragkit.answering.followups import turn_of
from ragkit.config import addresses
from ragkit.documents import Viewer, stable_id
from ragkit.errors import ConfigError, RagkitError
from ragkit.filters import Filter
from ragkit.profile import Profile, installed_profiles, load_profile
from ragkit.prompting.conversation import Turn
from ragkit.recording.record import viewer_hash
from ragkit.server.faults import Fault
from ragkit.workspace import Workspace

_MOST_TURNS = 256


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of an assistant, and by whom."""

    text: str
    viewer: Viewer
    history: Sequence[Turn] = ()
    where: Filter | None = None


class Assistants:
    """Those that the settings name, by the names of their profiles. Nobody else's name or path is looked up."""

    def __init__(self, workspace: Workspace) -> None:
        """Read the profiles.

        Raises:
            ConfigError: one is not there, or two have the same name.
        """
        config = workspace.config
        named = [name for name in addresses(config.server.assistants) if name]
        chosen = named or list(dict.fromkeys([config.assistant.default, *installed_profiles()]))
        self._workspace = workspace
        self._chosen = {load_profile(name).name: name for name in chosen}
        if len(self._chosen) < len(chosen):
            message = f"two of the assistants {', '.join(chosen)} have the same name. Give one of them another."
            raise ConfigError(message, setting="server.assistants")

    @property
    def names(self) -> list[str]:
        """What the assistants are called; the first one answers where none is named."""
        return list(self._chosen)

    def profile(self, name: str) -> Profile:
        """Return the profile of one; that of a file is read anew.

        Raises:
            Fault: it is not served.
        """
        return load_profile(self.chosen(name))

    def chosen(self, name: str) -> str:
        """Return what the workspace knows one by.

        Raises:
            Fault: it is not served.
        """
        if name not in self._chosen:
            message = f"There is no assistant {name!r} here. GET /v1/models has their names."
            raise Fault(404, "model_not_found", message)
        return self._chosen[name]

    def asked(self, name: str, question: Question) -> Generator[str | Answer]:
        """Return what yields the answer as it is written, not yet checked, and last the checked answer.

        Raises:
            Fault: there is no such assistant here.
        """
        return self._pieces(self.chosen(name), question)

    def _pieces(self, chosen: str, question: Question) -> Generator[str | Answer]:
        try:
            assistant = self._workspace.assistant(chosen)
        except RagkitError:
            # What the rules decide must wait for no store and no model.
            ruled = self._workspace.decided_by_rules(question.text, assistant=chosen)
            if ruled is None:
                raise
            yield ruled
            return
        yield from assistant.stream(
            question.text, history=question.history, viewer=question.viewer, where=question.where
        )


class Turns:
    """The turns of late answers, by what their readers saw of them.

    Clients send a conversation back as text. With the turn itself the next prompt goes on from the last one, so that a
    model reads only what is new. A turn is found by those alone who may see the same.
    """

    def __init__(self, most: int = _MOST_TURNS) -> None:
        self._most = most
        self._kept: OrderedDict[str, Turn] = OrderedDict()

    def keep(self, answer: Answer, *, seen: str, viewer: Viewer) -> None:
        """Keep the turn of an answer of which a client saw this text."""
        self._kept[_key(answer.question, seen, viewer)] = turn_of(answer)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def turn(self, question: str, *, seen: str, viewer: Viewer) -> Turn | None:
        """Return the turn; None if it is not kept any more, or never was."""
        return self._kept.get(_key(question, seen, viewer))


def _key(question: str, seen: str, viewer: Viewer) -> str:
    return stable_id(viewer_hash(viewer), question.strip(), seen.strip())
