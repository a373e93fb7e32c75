"""An agent's own questions to the person, and the answers that count.

Like approvals they are the engine's, not a view's: a question is in the log from the moment it is asked, the first
answer counts, from whatever screen, and one that comes twice, late, after an interrupt or after a restart is refused.
"""

import asyncio

from tui.engine.log import Log
from tui.errors import AlreadyDecided, UsageError
from tui.events import QuestionAnswered, QuestionAsked
from tui.ids import new_id


class Questions:
    """The open questions of one session."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: dict[str, asyncio.Future[str | None]] = {}

    async def ask(self, call_id: str, text: str, options: tuple[str, ...]) -> str | None:
        """Ask, and wait for as long as it takes. None: the person chose not to answer. Cancelling it withdraws it."""
        question_id = new_id("question")
        answer = self._waiting[question_id] = asyncio.get_running_loop().create_future()
        try:
            self._log.emit(QuestionAsked(question_id=question_id, call_id=call_id, text=text, options=options))
            return await answer
        except asyncio.CancelledError:
            if question_id in self._log.state.questions:
                self._log.emit(QuestionAnswered(question_id=question_id, answer=None))
            raise
        finally:
            self._waiting.pop(question_id, None)

    def answer(self, question_id: str, text: str | None) -> None:
        """Answer a question, with None that there will be no answer. The first counts.

        Raises:
            AlreadyDecided: it was answered, withdrawn, or never asked in this run of the program.
            UsageError: the answer is empty.
        """
        answer = self._waiting.get(question_id)
        if answer is None or answer.done():
            raise AlreadyDecided(
                "This question is no longer open.", hint="It was answered elsewhere, or its turn was interrupted."
            )
        if text is not None and not text.strip():
            raise UsageError("The answer is empty.")
        self._log.emit(QuestionAnswered(question_id=question_id, answer=text))
        answer.set_result(text)
