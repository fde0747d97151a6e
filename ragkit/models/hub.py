"""The Hugging Face hub, asked once: its library tries a hub that can't be reached for a minute and more."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import huggingface_hub
import huggingface_hub.constants

# Else its requests tell what else is installed, and which program started this one.
huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True


class HubFailed(OSError):
    """The hub can't be reached, or did not give what it was asked for; its text is the class of the fault."""


def fetched(repository: str, *, commit: str, files: Collection[str]) -> Path:
    """Return the folder with these files of a commit, from the cache where they are all there.

    Raises:
        HubFailed: they are not here and could not be had.
    """
    with _failing():
        here = _cached(repository, commit=commit)
        if here and all((here / file).is_file() for file in files):
            return here
        _require_answer(repository, file=min(files), commit=commit)
        return Path(huggingface_hub.snapshot_download(repository, revision=commit, allow_patterns=list(files)))


def require_in_reach(name: str) -> None:
    """Let sentence-transformers load the model of that name, or in that folder, only if that can be done.

    Something of it is in the cache, or the hub answers. Whether it has the model is for the library to find out, which
    completes names.

    Raises:
        HubFailed: it would have to be fetched, and the hub does not answer.
    """
    names = (name,) if "/" in name else (name, f"sentence-transformers/{name}")
    cache = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    with _failing():
        if Path(name).exists() or any(_cached(each, cache=cache) for each in names):
            return
        try:
            _require_answer(name, file="config.json")
        except huggingface_hub.errors.HfHubHTTPError as exc:
            if exc.response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    # HTTPError is the base that the hub's HTTP client has, whichever client its version uses. Named here alone: with
    # it the client is loaded.
    except (OSError, ValueError, huggingface_hub.errors.HTTPError) as exc:  # type: ignore[attr-defined]  # no __all__
        raise HubFailed(type(exc).__name__) from exc


def _require_answer(repository: str, *, file: str, commit: str | None = None) -> None:
    # Its metadata, without trying again.
    huggingface_hub.get_hf_file_metadata(huggingface_hub.hf_hub_url(repository, file, revision=commit))


def _cached(repository: str, *, commit: str | None = None, cache: str | None = None) -> Path | None:
    """Return the folder with what was fetched of a repository, which may lack files."""
    try:
        here = huggingface_hub.snapshot_download(repository, revision=commit, cache_dir=cache, local_files_only=True)
    except huggingface_hub.errors.LocalEntryNotFoundError:
        return None
    return Path(here)
