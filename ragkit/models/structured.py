"""Answers in JSON: which form was asked for, and whether the answer has it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, Protocol

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, ValidationError

from ragkit.errors import ConfigError, ModelFailed

Format = dict[str, Any] | Literal["json"] | None  # Any: a JSON schema is LangChain's and the server's, not ours


def format_of(kwargs: Mapping[str, Any]) -> Format:
    """Return what `format` (Ollama's word) or `response_format` (OpenAI's) asks for. Neither, None.

    Raises:
        ConfigError: neither "json" nor a JSON schema was given.
    """
    asked = kwargs.get("format") or kwargs.get("response_format")
    if isinstance(asked, dict) and asked.get("type") == "json_object":
        return "json"
    if isinstance(asked, dict) and asked.get("type") == "json_schema":
        asked = asked["json_schema"].get("schema")
    if asked is None or asked == "json" or isinstance(asked, dict):
        return asked
    raise ConfigError('format must be "json" or a JSON schema', setting="format", value=asked)


def check_json(text: str, asked: Format, *, model: str) -> None:
    """Do nothing if the answer is the JSON that was asked for; only the outermost level is looked at.

    Raises:
        ModelFailed: it is not JSON, or a required key is missing. `partial` holds the answer.
    """
    if asked is None:
        return
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ModelFailed(
            f"{model!r} answered with something that is not JSON. Ask again, or raise num_predict if it was cut off",
            model=model,
            partial=text,
        ) from exc
    if asked != "json" and (fault := _fault(answer, asked)):
        raise ModelFailed(
            f"{model!r} broke the JSON schema: {fault}. Ask again, or take a larger model", model=model, partial=text
        )


def _fault(answer: object, schema: dict[str, Any]) -> str:
    if schema.get("type") != "object":
        return ""
    if not isinstance(answer, dict):
        return "not an object"
    missing = [key for key in schema.get("required", ()) if key not in answer]
    return f"{', '.join(missing)} missing" if missing else ""


class _Bindable(Protocol):
    @property
    def model(self) -> str: ...

    def bind(self, **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]: ...


class StructuredOutput:
    """Gives a chat model of LangChain answers in a schema. It stands before BaseChatModel among the bases."""

    def with_structured_output(
        self: _Bindable, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return this model with its answers as objects of a pydantic class, or as dicts. `include_raw` isn't offered.

        Whoever runs it gets ModelFailed for an answer that breaks the schema.

        Raises:
            NotImplementedError: `include_raw` was set.
        """
        del kwargs
        if include_raw:
            raise NotImplementedError
        read = partial(_read, schema=schema, model=self.model)
        return self.bind(format=convert_to_json_schema(schema)) | RunnableLambda(read)


def _read(message: BaseMessage, *, schema: dict[str, Any] | type, model: str) -> dict[str, Any] | BaseModel:
    text = str(message.text)
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        answer: dict[str, Any] = json.loads(text)
        return answer
    try:
        return schema.model_validate_json(text)
    except ValidationError as exc:
        raise ModelFailed(
            f"{model!r} broke the schema {schema.__name__} ({exc.error_count()} faults). "
            "Ask again, or take a larger model",
            model=model,
            partial=text,
        ) from exc
