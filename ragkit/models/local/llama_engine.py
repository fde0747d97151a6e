"""llama.cpp in this process: one loaded file, one answer at a time."""

import queue
import shutil
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import httpx

from ragkit.errors import ModelFailed, ModelTimeout, ModelUnavailable, missing_extra
from ragkit.models.cancellation import work
from ragkit.text.encodable import encodable

try:
    import xllamacpp  # type: ignore[import-untyped]  # ships no types
except ImportError:
    xllamacpp = None

Reply = dict[str, Any]  # Any: a piece of an answer in OpenAI's form, as llama.cpp gives it
_SILENT = -1
_CACHE_MEGABYTES = 512
_HAS_UNIX_SOCKETS = sys.platform != "win32"
# Between two batches of a prompt the model can be stopped; larger ones are read no faster by a processor.
_BATCH = 128  # tokens
_LEAVING = 0.5  # seconds that a thread gets to notice that nobody listens


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """What a file is loaded with. Equal settings share one loaded model in a process."""

    path: Path
    window: int
    threads: int


_loaded: weakref.WeakValueDictionary[EngineSettings, "LlamaEngine"] = weakref.WeakValueDictionary()
_loading = threading.Lock()


def load(settings: EngineSettings) -> "LlamaEngine":
    """Return the loaded model, loading it if no one holds it. It is freed when the last one lets go.

    Raises:
        MissingExtra: xllamacpp is not installed.
        ModelUnavailable: llama.cpp can't load the file.
    """
    with _loading:
        engine = _loaded.get(settings)
        if engine is None:
            engine = _loaded[settings] = LlamaEngine(settings)
        return engine


class LlamaEngine:
    """One loaded model. Threads may share it: answers are written one after the other."""

    def __init__(self, settings: EngineSettings) -> None:
        if xllamacpp is None:
            raise missing_extra("llama.cpp (xllamacpp)", "local")
        self._model = settings.path.name
        self._turn = threading.Lock()
        folder = tempfile.mkdtemp(prefix="ragkit-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._key = token_hex()
        try:
            self._server = xllamacpp.Server(_parameters(settings, socket=f"{folder}/s.sock", key=self._key))
        except RuntimeError as exc:
            raise ModelUnavailable(
                f"llama.cpp can't load {str(settings.path)!r}. Download it again, or take another GGUF file",
                model=self._model,
            ) from exc
        self._http = self._client(f"{folder}/s.sock")

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the text is to this model, without the chat template's.

        Raises:
            ModelFailed: llama.cpp did not answer.
        """
        try:
            answer = self._http.post("/tokenize", json={"content": encodable(text)})
            return len(answer.json()["tokens"])
        except (httpx.HTTPError, ValueError, KeyError) as exc:
            raise self._failed(type(exc).__name__) from exc

    def replies(self, request: Reply, *, timeout: float) -> Iterator[Reply]:
        """Yield the answer's pieces, and some while the prompt is read. Whoever stops reading stops the model.

        Raises:
            ModelTimeout: no piece came, or the answer was not done, within the seconds.
            ModelFailed: llama.cpp broke off.
        """
        pieces: queue.SimpleQueue[Reply | Exception | None] = queue.SimpleQueue()
        unheard = threading.Event()
        writer = threading.Thread(target=self._write, args=(request, pieces.put, unheard), daemon=True)
        writer.start()
        try:
            with work().interruptible(lambda: pieces.put(None)):
                yield from self._read(pieces, time.monotonic() + timeout, timeout)
        finally:
            unheard.set()
            writer.join(_LEAVING)

    def _write(self, request: Reply, put: Callable[[Reply | Exception | None], None], unheard: threading.Event) -> None:
        def hear(piece: Reply) -> bool:
            put(piece)
            return unheard.is_set()

        with self._turn:
            try:
                if not unheard.is_set():
                    self._server.handle_chat_completions(request | {"return_progress": True}, hear)
            except (RuntimeError, ValueError) as exc:
                put(exc)
            finally:
                put(None)

    def _read(
        self, pieces: "queue.SimpleQueue[Reply | Exception | None]", end: float, timeout: float
    ) -> Iterator[Reply]:
        while True:
            try:
                piece = pieces.get(timeout=max(end - time.monotonic(), 0))
            except queue.Empty as exc:
                raise ModelTimeout(
                    f"{self._model!r} was not done after {timeout:g} s. Ask for fewer tokens, take a smaller model, "
                    "or raise its timeout",
                    model=self._model,
                ) from exc
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise self._failed(type(piece).__name__) from piece
            yield piece

    def _client(self, socket: str) -> httpx.Client:
        address = self._server.listening_address
        transport = httpx.HTTPTransport(
            uds=socket if address.startswith("unix:") else None, limits=httpx.Limits(max_keepalive_connections=0)
        )
        return httpx.Client(
            base_url="http://localhost" if address.startswith("unix:") else address,
            headers={"authorization": f"Bearer {self._key}"},
            transport=transport,
            timeout=30,
            trust_env=False,
        )

    def _failed(self, what: str) -> ModelFailed:
        return ModelFailed(
            f"{self._model!r} failed in llama.cpp ({what}). Ask again; if it stays, take another GGUF file",
            model=self._model,
        )


def _parameters(settings: EngineSettings, *, socket: str, key: str) -> object:
    parameters = cast("Any", xllamacpp).CommonParams()
    parameters.model.path = str(settings.path)
    parameters.n_ctx = settings.window
    parameters.n_parallel = 1
    parameters.n_batch = _BATCH
    # Where conversations take turns, what was read of the others is kept here; llama.cpp would take 8 GB for it.
    parameters.cache_ram_mib = _CACHE_MEGABYTES
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads = settings.threads
    parameters.verbosity = _SILENT
    parameters.fit_params = False
    parameters.warmup = False
    parameters.offline = True
    # llama.cpp always listens somewhere. Here only the owner of this process reaches it, and only with the key.
    parameters.hostnames = [socket if _HAS_UNIX_SOCKETS else "127.0.0.1"]
    parameters.api_keys = [key]
    parameters.cors_origins = ""
    parameters.ui = False
    parameters.endpoint_slots = False
    return cast("object", parameters)
