"""The servers of the settings: whether they answer, are new enough, have the models, and who can reach them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from ragkit import wiring
from ragkit.config import Config, addresses
from ragkit.errors import ModelError
from ragkit.health.check import Check, parted
from ragkit.health.ports import LOOPBACK, exposure
from ragkit.health.versions import OLLAMA, floor_of, is_older
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.transport.faults import OPENAI
from ragkit.models.transport.wire import shown

_OLLAMA_PORT, _CHROMA_PORT = 11434, 8000
_CHROMA_SECONDS = 3.0


def ollama(config: Config) -> Iterator[Check]:
    """Yield what is to be said of each Ollama of the settings."""
    servers = wiring.ollama_servers(config).servers
    has: dict[str, list[str]] = {}
    for server in servers:
        yield from _one_ollama(config, server, has)
    if len(has) > 1:
        yield from _models_of_some(config, has)


def _one_ollama(config: Config, server: OllamaServer, has: dict[str, list[str]]) -> Iterator[Check]:
    url = server.url
    try:
        found = server.version()
        has[url] = [model.name for model in server.models()]
    except ModelError as error:
        message, fix = parted(error)
        wanted = bool(_wanted(config)) or "ollama:" in config.models.embedding
        fix = fix if wanted else f"To use it run: {fix}" if fix else ""
        yield Check(name="ollama", level="fault" if wanted else "warning", message=message, fix=fix)
    else:
        yield Check(name="ollama", level="ok", message=f"version {found} at {url}")
        floor = floor_of(OLLAMA)
        if is_older(found, floor.least):
            message = f"version {found} at {url} has a known hole ({floor.reason})"
            fix = f"Update Ollama to {floor.least} or newer."
            yield Check(name="ollama", level="fault", message=message, fix=fix)
    start = "OLLAMA_HOST=127.0.0.1 ollama serve"
    yield from exposure("ollama", url, what="Ollama", fix=start, port=_OLLAMA_PORT)


def _wanted(config: Config) -> list[str]:
    """Return the models that any of the servers may be asked for; the embedder asks one alone."""
    named = (config.models.chat, config.models.reranker)
    return [name.removeprefix("ollama:") for name in named if name.startswith("ollama:")]


def _models_of_some(config: Config, has: dict[str, list[str]]) -> Iterator[Check]:
    """Yield a warning where one server lacks what another has: a model that none has is the model's own fault."""
    for name in _wanted(config):
        lacking = [url for url, models in has.items() if not {name, f"{name}:latest"} & set(models)]
        for url in lacking if len(lacking) < len(has) else ():
            message = f"{name!r} is on another server, but not on {url!r}"
            fix = f"RAGKIT_MODELS__URL={url} ragkit models pull {name}"
            yield Check(name="ollama", level="warning", message=message, fix=fix)


def openai(config: Config) -> Iterator[Check]:
    """Yield a warning for each other model server that the network can reach."""
    for url in filter(None, addresses(config.models.openai_url)):
        fix = "Start it so that it listens at 127.0.0.1 alone."
        yield from exposure("model server", shown(OPENAI.address(url)), what="the model server", fix=fix, port=80)


def chroma(config: Config) -> Iterator[Check]:
    """Yield what is to be said of the Chroma server of the settings, if they name one."""
    if not config.store.chroma:
        return
    # It refuses what is no address of a Chroma server.
    wiring.indexes(config)
    address = urlsplit(config.store.chroma.strip().rstrip("/"))
    if not address.port and address.scheme == "http":
        address = address._replace(netloc=f"{address.netloc}:{_CHROMA_PORT}")
    url = address.geturl()
    start = f"chroma run --host 127.0.0.1 --port {address.port}"
    yield _answer(url, start=start if address.hostname in LOOPBACK else "Start it.")
    yield from exposure("chroma", url, what="Chroma", fix=start, port=_CHROMA_PORT)
    if address.hostname not in LOOPBACK:
        message = f"the Chroma server at {url!r} asks nobody for a login: whoever reaches it can change the index"
        yield Check(name="chroma", level="warning", message=message, fix="Let nothing but ragkit reach it.")


def _answer(url: str, *, start: str) -> Check:
    try:
        response = httpx.get(f"{url}/api/v2/heartbeat", timeout=_CHROMA_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return Check(name="chroma", level="fault", message=f"no Chroma server answers at {url!r}", fix=start)
    if response.headers.get("server", "") == "uvicorn":
        # CVE-2026-45829 has no fixed release; the server that `chroma run` starts is another one, and has no such name.
        message = f"the Chroma server at {url!r} is the one in Python, which has a known hole (CVE-2026-45829)"
        return Check(name="chroma", level="fault", message=message, fix=f"Start the other one: {start}")
    return Check(name="chroma", level="ok", message=f"a server answers at {url}")
