"""The settings by table: what there is, the defaults, and the bounds."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "RAGKIT_"
# Below it a heading and a few words of text no longer fit.
SMALLEST_CHUNK = 16
# Whole seconds, or a time as Go writes it, which Ollama is written in.
_TIME = re.compile(r"-?(\d+|(\d+(\.\d+)?(h|m|s|ms|us|ns))+)", re.ASCII)

Addresses = Annotated[
    str, BeforeValidator(lambda value: ", ".join(map(str, value)) if isinstance(value, list) else value)
]
_Written = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]


class Section(BaseModel):
    """A table of the settings file: unknown keys are refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class StoreConfig(Section):
    """Where the store lies, and how its documents are cut.

    `chroma` is the address of a Chroma server; empty means embedded in the folder. `chunk_tokens` is the most tokens
    of a chunk; 0, and more than the embedder's window, mean that window.
    """

    path: Path = Path("ragkit-store")
    chroma: str = ""
    tenant: str = Field(default="local", pattern=r"^[a-z0-9-]{3,60}$")
    chunk_tokens: int = Field(default=0, ge=0, le=100_000)

    @field_validator("chunk_tokens")
    @classmethod
    def _holds_a_sentence(cls, tokens: int) -> int:
        if 0 < tokens < SMALLEST_CHUNK:
            message = f"Give at least {SMALLEST_CHUNK}, or 0 for the embedder's window"
            raise PydanticCustomError("chunk_tokens", "{said}", {"said": message})
        return tokens


class ModelsConfig(Section):
    """Which models are used, and how much they may take.

    `timeout` is in seconds, `num_ctx` in tokens. `gguf` is what `chat = "auto"` may load when no Ollama answers.
    Without a `reranker` the passages stand as the search found them; `groundedness` names the model that may lower the
    verdict on a citation. `url` and `openai_url` may each name several servers, as a list or with commas between them;
    `parallel` is how many questions each is given at a time.
    """

    chat: str = "auto"
    embedding: str = "minilm"
    reranker: str = ""
    groundedness: str = ""
    url: Addresses = "http://127.0.0.1:11434"
    openai_url: Addresses = ""
    gguf: str = ""
    timeout: float = Field(default=120, gt=0, le=3600)
    num_ctx: int = Field(default=8192, ge=512, le=1_000_000)
    temperature: float = Field(default=0, ge=0, le=2)
    threads: int = Field(default=1, ge=1, le=256)
    parallel: int = Field(default=1, ge=1, le=64)
    keep_alive: _Written = "30m"

    @field_validator("keep_alive")
    @classmethod
    def _is_a_time(cls, time: str) -> str:
        if not _TIME.fullmatch(time):
            message = 'Write a time such as "30m" or "1h30m", a number of seconds, or -1 for ever'
            raise PydanticCustomError("keep_alive", "{said}", {"said": message})
        return time


class RetrievalConfig(Section):
    """How many hits a question gets, how many candidates each retriever puts up, and what nearness in meaning counts.

    `rewrite` says who makes a follow-up whole, `expand` what else the chat model writes to search for. Of one document
    come at most `per_document` hits, if not 0; `mmr` is what relevance counts against variety. A section of at most
    `section_characters` is shown whole. `evidence` goes over that of every profile. `prompt_tokens` is how many tokens
    the sentences may have together that are chosen from them for a prompt; 0 shows passages whole.
    """

    limit: int = Field(default=8, ge=1, le=100)
    candidates: int = Field(default=50, ge=1, le=1000)
    meaning: float = Field(default=0.6, ge=0, le=1)
    evidence: float | None = Field(default=None, ge=0, le=1)
    rewrite: Literal["rule", "model"] = "rule"
    expand: Literal["", "queries", "hyde"] = ""
    per_document: int = Field(default=0, ge=0, le=100)
    mmr: float = Field(default=1, ge=0, le=1)
    section_characters: int = Field(default=0, ge=0, le=100_000)
    prompt_tokens: int = Field(default=0, ge=0, le=1_000_000)


class LimitsConfig(Section):
    """What is refused: longer questions (characters), bigger files (bytes), slower ones (seconds to parse)."""

    question: int = Field(default=4000, ge=1, le=1_000_000)
    file_bytes: int = Field(default=50_000_000, ge=1)
    parse_seconds: float = Field(default=60, gt=0, le=3600)


class AssistantConfig(Section):
    """Which assistant answers, and where the people are who ask it: the locale picks the emergency number.

    `cache` is how many answers are kept in memory for the same question about the same passages; 0 keeps none.
    With `datamarking` a sign stands between the words of passages, so that a model sees what is no order. With
    `clarify` it asks back where a first question may be about several things; `suggestions` is how many questions it
    names at most that may be asked next.
    """

    default: str = "support"
    locale: str = ""
    cache: int = Field(default=256, ge=0, le=100_000)
    datamarking: bool = False
    clarify: bool = True
    suggestions: int = Field(default=3, ge=0, le=10)


class RecordsConfig(Section):
    """For how many days answers are kept on record, 0 for none; `redact` takes personal data out of them first."""

    keep: int = Field(default=0, ge=0, le=36_500)
    redact: bool = True


class ServerConfig(Section):
    """What `ragkit serve` answers: whoever has one of the `keys` of that file, so many `questions` at a time.

    `assistants` are those that are served, names and paths as a list or with commas between them; empty means the
    default one and those that come with ragkit.
    """

    keys: Path = Path("ragkit-keys.toml")
    assistants: Addresses = ""
    questions: int = Field(default=8, ge=1, le=1000)


class SourceConfig(BaseModel):
    """A named source: the connector's name, and the options that the connector checks itself."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)

    connector: str

    @property
    def options(self) -> dict[str, Any]:
        """Everything but the connector's name."""
        return dict(self.__pydantic_extra__ or {})


class Config(BaseSettings):
    """All settings. An environment variable like RAGKIT_MODELS__CHAT goes over the file."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        nested_model_default_partial_update=True,
    )

    store: StoreConfig = StoreConfig()
    models: ModelsConfig = ModelsConfig()
    retrieval: RetrievalConfig = RetrievalConfig()
    limits: LimitsConfig = LimitsConfig()
    assistant: AssistantConfig = AssistantConfig()
    records: RecordsConfig = RecordsConfig()
    server: ServerConfig = ServerConfig()
    sources: dict[str, SourceConfig] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment over the file, whose values come in as arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def addresses(setting: str) -> tuple[str, ...]:
    """Return the servers that a setting names, the preferred one first; an empty one means an empty address."""
    return tuple(address.strip() for address in setting.split(",") if address.strip()) or ("",)
