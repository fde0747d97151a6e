"""What can go wrong, by what the caller does next.

    RagkitError
      ConfigError            a setting is wrong: fix it
      ConnectorError
        ResourceUnavailable  try again later
        ResourceRejected     this resource will never work
      UnknownConnector       no connector of that name is installed
      ParseError             the bytes are not what they claim, or a limit was hit
      StoreError
        StoreLocked          another process writes: wait or stop it
        StoreDamaged         run the command that rebuilds
        StoreFull            free some space, then run the same command again
        IndexMismatch        the store was built with another embedder
        IndexUnavailable     the server with the vectors does not answer: start it
      ModelError
        ModelUnavailable     no server, no such model, no weights: the message has the command
          ModelBusy          the server has enough to do: ask again in a moment
        ModelTimeout         the model did not answer in time
        ModelFailed          the model answered with an error, or broke off
      PromptTooLong          the question alone does not fit
      PromptTruncated        the server read less than was sent
      MissingExtra           an optional part of ragkit is not installed (also an ImportError)

A message names what failed, the value in quotes, and what to do. The attributes hold the same for programs.
"""


class RagkitError(Exception):
    """The base of every error that ragkit raises on purpose. It can be pickled, so that a worker can hand it on."""

    def __reduce__(self) -> tuple[object, ...]:
        """Copy message and attributes: Exception's own way calls the constructor with the message alone."""
        return _copied, (type(self), self.args), self.__dict__


class ConfigError(RagkitError):
    """A setting, an option or an argument is wrong."""

    def __init__(self, message: str, *, setting: str = "", value: object = None) -> None:
        super().__init__(message)
        self.setting = setting
        self.value = value


class ConnectorError(RagkitError):
    """A source could not be listed, or one of its resources could not be fetched."""

    def __init__(self, message: str, *, uri: str = "") -> None:
        super().__init__(message)
        self.uri = uri


class ResourceUnavailable(ConnectorError):
    """The source did not answer; the same call may work later."""


class ResourceRejected(ConnectorError):
    """The source answered that this resource can't be had, or ragkit must not fetch it."""


class UnknownConnector(RagkitError):
    """No connector of that name is installed."""

    def __init__(self, message: str, *, name: str, installed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.name = name
        self.installed = installed


class ParseError(RagkitError):
    """The bytes of a resource could not be made into text."""

    def __init__(self, message: str, *, uri: str, media_type: str, reason: str) -> None:
        super().__init__(message)
        self.uri = uri
        self.media_type = media_type
        self.reason = reason


class StoreError(RagkitError):
    """The store can't do what was asked."""


class StoreLocked(StoreError):
    """Another process holds the writer's lock. `since` is an ISO 8601 time in UTC."""

    def __init__(self, message: str, *, pid: int, host: str, since: str) -> None:
        super().__init__(message)
        self.pid = pid
        self.host = host
        self.since = since


class StoreDamaged(StoreError):
    """A part of the store is broken; the message names the command that rebuilds it."""


class StoreFull(StoreError):
    """The disk took no more. What was reported as stored is stored."""


class IndexMismatch(StoreError):
    """The store was built with another embedder than the one that is asked for."""

    def __init__(self, message: str, *, built_with: str, asked_with: str) -> None:
        super().__init__(message)
        self.built_with = built_with
        self.asked_with = asked_with


class IndexUnavailable(StoreError):
    """The server that keeps the vectors does not answer. Searches are answered without it; writing needs it."""


class ModelError(RagkitError):
    """A chat or embedding model did not do its work."""

    def __init__(self, message: str, *, model: str, partial: str = "") -> None:
        super().__init__(message)
        self.model = model
        self.partial = partial


class ModelUnavailable(ModelError):
    """The server is not running, or the model is not there; the message has the command that helps."""


class ModelBusy(ModelUnavailable):
    """The server, or the line of those who wait for it in this process, has no place.

    `retry_after` is in seconds, as the server said; 0 if it named no time, None if this process did not ask it.
    """

    def __init__(self, message: str, *, model: str, partial: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, model=model, partial=partial)
        self.retry_after = retry_after


class ModelTimeout(ModelError):
    """The model did not answer within the configured time. `partial` is the text that had arrived."""


class ModelFailed(ModelError):
    """The model answered with an error or broke off. `partial` is the text that had arrived."""


class PromptTooLong(RagkitError):
    """The parts of a prompt that may not be cut are longer than the model's window."""

    def __init__(self, message: str, *, tokens: int, window: int) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.window = window


class PromptTruncated(RagkitError):
    """The server read fewer tokens than were sent, so the answer does not rest on the whole prompt."""

    def __init__(self, message: str, *, tokens: int, window: int) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.window = window


class MissingExtra(RagkitError, ImportError):
    """An optional part is not installed; the message has the pip command."""

    def __init__(self, message: str, *, feature: str, extra: str) -> None:
        super().__init__(message)
        self.feature = feature
        self.extra = extra


def _copied(kind: type[RagkitError], args: tuple[object, ...]) -> RagkitError:
    return kind.__new__(kind, *args)


def missing_extra(feature: str, extra: str) -> MissingExtra:
    """Return the error that names the pip command for an optional part."""
    command = f'pip install "ragkit[{extra}]"'
    return MissingExtra(f"{feature} is not installed. Run: {command}", feature=feature, extra=extra)
