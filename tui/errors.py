"""Every error that Penstock raises on purpose, in one tree.

    PenstockError
    +-- UsageError             the command line or a setting is wrong; exit code 2
    |   +-- ConfigError        config.toml cannot be read, or says something impossible
    +-- StoreError             the store cannot do what was asked
    |   +-- SchemaTooNew       a newer Penstock wrote this file
    |   +-- StoreDamaged       SQLite says that the file is not sound
    |   +-- SessionHeld        another live process owns the session
    |   +-- UnknownSession     no such session in the store
    +-- ProviderError          a model request failed; nothing of ours is wrong
    |   +-- AuthFailed         401 or 403, or no key: names the variable to set
    |   +-- ModelNotFound      the provider does not know the model
    |   +-- RequestRejected    any other 4xx
    |   |   +-- OutOfCredit    the account has no money left
    |   |   +-- EffortRefused  the model takes no effort, or not this one
    |   |   +-- ImagesRefused  the model takes no images
    |   +-- ContextTooLong     the history no longer fits the model
    |   +-- StreamBroken       the answer is not the stream that the API promises
    |   +-- StreamTimedOut     one of the four time limits passed
    |   +-- Retryable          the same request may work a little later
    |       +-- RateLimited    429
    |       +-- Overloaded     529, 503
    |       +-- ServerFailed   another 5xx
    |       +-- ConnectionLost no DNS, refused, reset
    +-- ToolError              a tool could not do its work; the model reads the text
    |   +-- ToolTimedOut       the tool's own time limit passed
    +-- BudgetSpent            the session has cost what it may
    |   +-- DayBudgetSpent     all sessions together have, today
    +-- EngineError            the engine refuses a request of the person
        +-- AlreadyDecided     an approval or question was answered before
        +-- SessionBusy        the session cannot do this while a turn runs
        +-- GitFailed          git is not there, or would not do it
        +-- WouldLose          nothing was removed: there is work that stands nowhere else

``str(error)`` is one sentence for a person. ``hint`` says what to do next, or is empty.
"""


class PenstockError(Exception):
    """Base of all of the above.

    Args:
        message: one sentence that says what went wrong.
        hint: one sentence that says what to do about it, or "".
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def sentence(self) -> str:
        """Message and hint joined for a place that shows both."""
        said = str(self).strip()
        if said and self.hint and said[-1].isalnum():
            said += "."  # a server's own words may end in none
        return f"{said} {self.hint}".strip()


class UsageError(PenstockError):
    pass


class ConfigError(UsageError):
    pass


class StoreError(PenstockError):
    pass


class SchemaTooNew(StoreError):
    pass


class StoreDamaged(StoreError):
    pass


class SessionHeld(StoreError):
    """Args:
    pid: the process that runs it, 0 where that is unknown.
    """

    def __init__(self, message: str, *, hint: str = "", pid: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.pid = pid


class UnknownSession(StoreError):
    pass


class ProviderError(PenstockError):
    """A model request failed.

    Args:
        status: the HTTP status, or None where there was none.
    """

    def __init__(self, message: str, *, hint: str = "", status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class AuthFailed(ProviderError):
    pass


class ModelNotFound(ProviderError):
    pass


class RequestRejected(ProviderError):
    pass


class OutOfCredit(RequestRejected):
    pass


class EffortRefused(RequestRejected):
    pass


class ImagesRefused(RequestRejected):
    pass


class ContextTooLong(ProviderError):
    pass


class StreamBroken(ProviderError):
    pass


class StreamTimedOut(ProviderError):
    """A time limit passed.

    Args:
        stage: ``connect``, ``first event``, ``idle`` or ``whole request``.
        seconds: the limit that passed.
    """

    def __init__(self, stage: str, seconds: float) -> None:
        super().__init__(
            f"The answer took longer than the {seconds:g} s that a whole request may take."
            if stage == "whole request"
            else f"The provider was silent past its {stage} limit of {seconds:g} s.",
            hint="What had arrived is kept; /continue asks for the rest, and [limits] in config.toml sets the limit.",
        )
        self.stage = stage
        self.seconds = seconds


class Retryable(ProviderError):
    """The same request may work later.

    Args:
        retry_after: seconds that the server asked us to wait, or None.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.retry_after = retry_after


class RateLimited(Retryable):
    pass


class Overloaded(Retryable):
    pass


class ServerFailed(Retryable):
    pass


class ConnectionLost(Retryable):
    pass


class ToolError(PenstockError):
    pass


class ToolTimedOut(ToolError):
    pass


class BudgetSpent(PenstockError):
    pass


class DayBudgetSpent(BudgetSpent):
    pass


class EngineError(PenstockError):
    pass


class AlreadyDecided(EngineError):
    pass


class SessionBusy(EngineError):
    pass


class GitFailed(EngineError):
    """``said`` is all that git wrote to standard error."""

    def __init__(self, message: str, *, hint: str = "", said: str = "") -> None:
        super().__init__(message, hint=hint)
        self.said = said


class WouldLose(EngineError):
    pass
