"""Answers in JSON: which form was asked for, and whether the answer has it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_messages
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, ValidationError

from ragkit.errors import ConfigError, ModelFailed

Format = dict[str, Any] | Literal["json"] | None  # Any: a JSON schema is LangChain's and the server's, not ours
Schema = dict[str, Any] | type
Answer = dict[str, Any] | BaseModel


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


def response_format(asked: Format) -> dict[str, Any]:
    """Return what a request in OpenAI's form has for it; nothing if no form was asked for."""
    if asked is None:
        return {}
    if asked == "json":
        return {"response_format": {"type": "json_object"}}
    # The name is required by some servers and read by none.
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": asked}}}


class SchemaBroken(ModelFailed):
    """The answer is whole, but not in the form that was asked for: the one fault that asking again may mend."""


def check_json(text: str, asked: Format, *, model: str, cut_off: bool = False) -> None:
    """Do nothing if the answer is the JSON that was asked for; only the outermost level is looked at.

    Raises:
        ModelFailed: it is not JSON, or a required key is missing. `partial` holds the answer.
    """
    if asked is None:
        return
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as exc:
        if cut_off:
            message = f"{model!r} was cut off in the middle of its JSON. Raise num_predict"
            raise ModelFailed(message, model=model, partial=text) from exc
        message = f"{model!r} answered with something that is not JSON. Ask again, or take a larger model"
        raise SchemaBroken(message, model=model, partial=text) from exc
    if asked != "json" and (fault := _fault(answer, asked)):
        raise SchemaBroken(
            f"{model!r} broke the JSON schema: {fault}. Ask again, or take a larger model", model=model, partial=text
        )


def _fault(answer: object, schema: dict[str, Any]) -> str:
    if schema.get("type") != "object":
        return ""
    if not isinstance(answer, dict):
        return "not an object"
    missing = [key for key in schema.get("required", ()) if key not in answer]
    return f"{', '.join(missing)} missing" if missing else ""


def structured(chat: BaseChatModel, schema: Schema, *, model: str) -> Runnable[LanguageModelInput, Answer]:
    """Return a chat model that takes `format`, with its answers as objects of a pydantic class, or as dicts.

    An answer that breaks the schema is shown to the model once, to write it anew. Whoever runs it gets ModelFailed
    if the second breaks it too, or if the answer was cut off.
    """
    read = partial(_read, schema=schema, model=model)
    bound = chat.bind(format=convert_to_json_schema(schema))

    def answered(asked: LanguageModelInput) -> Answer:
        try:
            return read(bound.invoke(asked))
        except SchemaBroken as broken:
            return read(bound.invoke([*_messages(asked), *_told(broken)]))

    return RunnableLambda(answered)


def _messages(asked: LanguageModelInput) -> list[BaseMessage]:
    if isinstance(asked, PromptValue):
        return asked.to_messages()
    return [HumanMessage(asked)] if isinstance(asked, str) else convert_to_messages(asked)


def _told(broken: SchemaBroken) -> list[BaseMessage]:
    # The same words again would get the same answer: at temperature 0 a model has no second thoughts.
    return [AIMessage(broken.partial), HumanMessage("That is not the JSON that was asked for. Write it, nothing else.")]


def _read(message: BaseMessage, *, schema: Schema, model: str) -> Answer:
    text = str(message.text)
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        answer: dict[str, Any] = json.loads(text)
        return answer
    try:
        return schema.model_validate_json(text)
    except ValidationError as exc:
        raise SchemaBroken(
            f"{model!r} broke the schema {schema.__name__} ({exc.error_count()} faults). "
            "Ask again, or take a larger model",
            model=model,
            partial=text,
        ) from exc
