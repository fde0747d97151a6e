"""An error that crosses to another process says there what it said here."""

import copy
import inspect
import pickle
from collections.abc import Iterator

import pytest

from ragkit import errors
from ragkit.errors import ModelFailed, RagkitError

_VALUES = {"str": "a", "int": 7, "float | None": 0.5, "object": "b", "tuple[str, ...]": ("c", "d")}


def kinds(base: type[RagkitError]) -> Iterator[type[RagkitError]]:
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


def made(kind: type[RagkitError]) -> RagkitError:
    asked = inspect.signature(kind.__init__).parameters.values()
    given = {
        one.name: _VALUES[inspect.formatannotation(one.annotation)] for one in asked if one.kind == one.KEYWORD_ONLY
    }
    return kind("what failed", **given)


@pytest.mark.parametrize(
    "kind", sorted({kind for kind in kinds(RagkitError) if kind.__module__ == errors.__name__}, key=str)
)
def test_every_error_can_be_pickled_and_copied(kind: type[RagkitError]) -> None:
    # Broken on purpose: no `RagkitError.__reduce__`, and one without `self.__dict__`.
    error = made(kind)
    for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(other) is kind
        assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))


def test_what_was_added_to_an_error_goes_with_it() -> None:
    error = ModelFailed("broke off", model="m")
    error.partial = "Thirty"
    error.add_note("while testing")
    other = pickle.loads(pickle.dumps(error))
    assert (other.partial, other.__notes__) == ("Thirty", ["while testing"])
