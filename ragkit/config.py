"""The settings: `ragkit.toml`, over it the environment, and nothing unknown in either."""

import difflib
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from ragkit.errors import ConfigError

FILE = "ragkit.toml"


class Section(BaseModel):
    """A table of the settings file: unknown keys are refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class StoreConfig(Section):
    """Where the store lies. `chroma` is the address of a Chroma server; empty means embedded in the folder."""

    path: Path = Path("ragkit-store")
    chroma: str = ""
    tenant: str = Field(default="local", pattern=r"^[a-z0-9-]{3,60}$")


class ModelsConfig(Section):
    """Which models are used, and how much they may take.

    `timeout` is in seconds, `num_ctx` in tokens. `gguf` is what `chat = "auto"` may load when no Ollama answers.
    """

    chat: str = "auto"
    embedding: str = "minilm"
    url: str = "http://127.0.0.1:11434"
    gguf: str = ""
    timeout: float = Field(default=120, gt=0, le=3600)
    num_ctx: int = Field(default=8192, ge=512, le=1_000_000)
    temperature: float = Field(default=0, ge=0, le=2)
    threads: int = Field(default=1, ge=1, le=256)


class RetrievalConfig(Section):
    """How many hits a question gets, and how many candidates each retriever puts up."""

    limit: int = Field(default=8, ge=1, le=100)
    candidates: int = Field(default=50, ge=1, le=1000)


class LimitsConfig(Section):
    """What is refused: longer questions (characters), bigger files (bytes), slower ones (seconds to parse)."""

    question: int = Field(default=4000, ge=1, le=1_000_000)
    file_bytes: int = Field(default=50_000_000, ge=1)
    parse_seconds: float = Field(default=60, gt=0, le=3600)


class AssistantConfig(Section):
    """Which assistant answers, and where the people are who ask it: the locale picks the emergency number."""

    default: str = "support"
    locale: str = ""


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
        env_prefix="RAGKIT_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    store: StoreConfig = StoreConfig()
    models: ModelsConfig = ModelsConfig()
    retrieval: RetrievalConfig = RetrievalConfig()
    limits: LimitsConfig = LimitsConfig()
    assistant: AssistantConfig = AssistantConfig()
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


def load_config(path: Path | None = None) -> Config:
    """Read the file that is named, here or by RAGKIT_CONFIG, else `ragkit.toml` of the working directory, if any.

    Relative paths in the file are relative to the file.

    Raises:
        ConfigError: the file is missing or not TOML, or a setting is unknown or out of bounds.
    """
    path = path or (Path(named) if (named := os.environ.get("RAGKIT_CONFIG")) else None)
    file = path or Path(FILE)
    if path and not path.is_file():
        raise ConfigError(f"there is no file {str(path)!r}. Run: ragkit init", setting="config", value=str(path))
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        config = Config(**values)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{str(file)!r} is not valid TOML: {error}", setting="config") from error
    except SettingsError as error:
        raise ConfigError(f"a variable RAGKIT_... can't be read: {error}", setting="environment") from error
    except ValidationError as error:
        raise explain(error, Config, where=str(file)) from error
    return _anchored(config, file.parent)


def explain(error: ValidationError, model: type[BaseModel], *, where: str) -> ConfigError:
    """Make one line of pydantic's first complaint, with the nearest known key where a key is unknown."""
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    setting = ".".join(keys)
    if first["type"] == "extra_forbidden":
        known = _known_keys(model, keys[:-1])
        near = difflib.get_close_matches(keys[-1], known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
        return ConfigError(f"{where}: unknown setting {setting!r}. {hint}", setting=setting, value=first["input"])
    message = f"{where}: {setting} = {first['input']!r} is refused. {first['msg']}."
    return ConfigError(message, setting=setting, value=first["input"])


def _known_keys(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    for key in path:
        field = model.model_fields.get(key)
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
            return []
        model = field.annotation
    return list(model.model_fields)


def _anchored(config: Config, folder: Path) -> Config:
    store = config.store.model_copy(update={"path": folder / config.store.path.expanduser()})
    return config.model_copy(update={"store": store})
