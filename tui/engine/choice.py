"""Which model a step is asked of: the session's own, and where that fails for good the next of the fallbacks.

A fallback is for failures that another model may not share, and only while nothing of an answer was shown. It is said
in the log before it is asked, becomes the session's model, and is tried once in a turn. When none of them answers, the
session gets the model back that the person chose, and the turn fails with what each of them said.
"""

from collections.abc import Awaitable, Callable, Sequence

from tui.engine.log import Log
from tui.engine.stream import StepResult
from tui.errors import (
    AuthFailed,
    ConfigError,
    ModelNotFound,
    OutOfCredit,
    PenstockError,
    ProviderError,
    Retryable,
    StreamBroken,
    StreamTimedOut,
)
from tui.events import ModelChanged
from tui.messages import Effort
from tui.providers.base import Models, Provider
from tui.value import value

ELSEWHERE = (Retryable, StreamTimedOut, StreamBroken, AuthFailed, ModelNotFound, OutOfCredit, ConfigError)
"""What another model may not fail with. A request that was rejected is rejected by all."""


@value
class ModelPlan:
    """What config.toml says of models: ``effort`` and ``budget`` (USD) of new sessions, and whom to ask instead.

    ``day_budget``: USD for all sessions of a day. ``warn``: the part of a budget from which on it is said; 0 for never.
    """

    effort: Effort = ""
    fallback: tuple[str, ...] = ()
    budget: float | None = None
    day_budget: float | None = None
    warn: float = 0.8


Ask = Callable[[Provider, str, str], Awaitable[StepResult]]
"""Asks a provider, by its own name of the model and by its reference."""


class Choice:
    """The models of one session's turns."""

    def __init__(
        self,
        log: Log,
        models: Models,
        fallback: Sequence[str] = (),
        mask: Callable[[str], str] = lambda text: text,
    ) -> None:
        self._log = log
        self._models = models
        self._fallback = fallback
        self._mask = mask
        self._failed: dict[str, str] = {}
        self._chosen = ""

    def begin(self) -> None:
        """A turn begins: every model may be tried again."""
        self._failed.clear()
        self._chosen = self._log.state.model

    async def step(self, ask: Ask) -> StepResult:
        """One step, asked of one model after another until one answers.

        Raises:
            PenstockError: no request could be made, and there is no other model to ask.
        """
        while True:
            reference = self._log.state.model
            result, error = await self._ask(ask, reference)
            if error is None or (result is not None and result.shown) or not isinstance(error, ELSEWHERE):
                break
            if not self._go_on(reference, error, result.attempts if result is not None else 0):
                error = self._give_up(error)
                break
        if result is None or (error is not None and error is not result.error):
            assert error is not None
            raise error
        return result

    async def _ask(self, ask: Ask, reference: str) -> tuple[StepResult | None, PenstockError | None]:
        try:
            provider, model = await self._models.resolve(reference)
        except (ProviderError, ConfigError) as error:
            return None, error
        result = await ask(provider, model, reference)
        return result, result.error

    def _go_on(self, reference: str, error: PenstockError, attempts: int) -> bool:
        """Whether there is another model to ask; it is the session's then."""
        said = self._mask(str(error)).rstrip(".")
        times = f" {attempts} times" if attempts > 1 else ""
        self._failed[reference] = f"{reference} failed{times}: {said}"
        if self._log.state.model != reference:  # the person chose another one meanwhile
            self._chosen = self._log.state.model
            return True
        other = next((name for name in self._fallback if name not in self._failed), None)
        if other is not None:
            self._log.emit(ModelChanged(model=other, reason=self._failed[reference]))
        return other is not None

    def _give_up(self, error: PenstockError) -> PenstockError:
        """What to say when the last one has failed too."""
        if len(self._failed) < 2:
            return error
        if self._log.state.model != self._chosen:
            self._log.emit(ModelChanged(model=self._chosen))
        reasons = ". ".join(self._failed.values())
        hint = f"{self._chosen} is the model again: /continue asks it once more, /model chooses another."
        return ProviderError(f"No model answered. {reasons}.", hint=hint)
