"""The hub that does not serve, and models that are here already."""

from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ragkit.models import hub
from ragkit.testing.http_double import HttpDouble

COMMIT = "0" * 40


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of the hub's library, empty, with the library online."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("SENTENCE_TRANSFORMERS_HOME", raising=False)
    return tmp_path


@pytest.fixture
def asked(cache: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What a hub is asked for that answers all with one status, by default that it is not well."""
    paths: list[str] = []
    status = getattr(request, "param", HTTPStatus.SERVICE_UNAVAILABLE)

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            paths.append(self.path)
            self.send_error(status)

        do_GET = do_HEAD

        def log_message(self, format: str, *args: object) -> None: ...

    with HttpDouble(Hub) as serving:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", serving.url)
        template = f"{serving.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield paths


def kept(cache: Path, repository: str, files: dict[str, str]) -> Path:
    """Put files into the cache as the library does."""
    home = cache / f"models--{repository.replace('/', '--')}"
    folder = home / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(COMMIT)
    return folder


def test_files_are_asked_for_once_where_the_hub_does_not_serve(asked: list[str]) -> None:
    # Broken on purpose: `_require_answer` left out of `fetched`, so that the download asks six times.
    with pytest.raises(hub.HubFailed):
        hub.fetched("tiny/bert", commit=COMMIT, files=["config.json"])
    assert len(asked) == 1


def test_files_of_the_cache_are_taken_without_asking(asked: list[str], cache: Path) -> None:
    here = kept(cache, "tiny/bert", {"config.json": "{}"})
    assert hub.fetched("tiny/bert", commit=COMMIT, files=["config.json"]) == here
    assert asked == []


def test_half_of_the_files_in_the_cache_are_not_taken_for_all(asked: list[str], cache: Path) -> None:
    # Broken on purpose: `all` of `fetched` exchanged for `any`.
    kept(cache, "tiny/bert", {"config.json": "{}"})
    with pytest.raises(hub.HubFailed):
        hub.fetched("tiny/bert", commit=COMMIT, files=["config.json", "tokenizer.json"])
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["tiny/bert", "tiny-bert"])
def test_a_model_that_is_not_here_is_asked_for_once_where_the_hub_does_not_serve(asked: list[str], name: str) -> None:
    # Broken on purpose: the comparison with INTERNAL_SERVER_ERROR turned round.
    with pytest.raises(hub.HubFailed):
        hub.require_in_reach(name)
    assert len(asked) == 1


@pytest.mark.parametrize("asked", [HTTPStatus.NOT_FOUND], indirect=True)
def test_a_name_that_the_library_completes_is_left_to_it(asked: list[str]) -> None:
    hub.require_in_reach("tiny-bert")
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["tiny/bert", "tiny-bert"])
def test_a_model_of_the_cache_is_loaded_without_asking(asked: list[str], cache: Path, name: str) -> None:
    kept(cache, name if "/" in name else f"sentence-transformers/{name}", {"config.json": "{}"})
    hub.require_in_reach(name)
    assert asked == []


def test_the_cache_of_sentence_transformers_counts(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Broken on purpose: `cache=cache` left out.
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path / "own"))
    kept(tmp_path / "own", "tiny/bert", {"config.json": "{}"})
    hub.require_in_reach("tiny/bert")
    assert asked == []


def test_a_folder_needs_no_hub(asked: list[str], tmp_path: Path) -> None:
    hub.require_in_reach(str(tmp_path))
    assert asked == []
