"""What models have refused: an effort, or images. They are asked again without it, once said, and so from then on.

No list tells reliably which model takes what, and a request that is refused costs nothing: so it is tried. What is
learned holds for as long as the program runs, and only when the same request was answered without what was refused.
"""

from dataclasses import replace

from tui.engine.window.context import in_words
from tui.errors import EffortRefused, ImagesRefused, ProviderError
from tui.messages import ImagePart, ToolResultPart
from tui.providers.base import USUAL_TOKENS, Request
from tui.value import value


@value
class _Known:
    reference: str
    what: str


class Refusals:
    """Shared by all sessions of a workspace."""

    def __init__(self) -> None:
        self._known: set[_Known] = set()

    def fitting(self, request: Request, reference: str) -> Request:
        """The request without what this model is known to refuse."""
        if _Known(reference=reference, what=request.effort) in self._known:
            request = _without_effort(request)
        if _Known(reference=reference, what="images") in self._known:
            request = _without_images(request)
        return request

    def smaller(self, request: Request, error: ProviderError) -> tuple[Request, str] | None:
        """The request without what ``error`` refuses, and a sentence; None where that would be the same one."""
        if isinstance(error, EffortRefused) and request.effort:
            return _without_effort(request), f"The effort {request.effort!r} is not taken, and left out from now on."
        if isinstance(error, ImagesRefused) and _holds_images(request):
            return _without_images(request), "Images are not taken: the model is told in words that there were some."
        return None

    def learn(self, reference: str, wanted: Request, answered: Request) -> None:
        """The model has answered; what is not in that request any more it refused."""
        if wanted.effort != answered.effort:
            self._known.add(_Known(reference=reference, what=wanted.effort))
        if wanted.messages != answered.messages:
            self._known.add(_Known(reference=reference, what="images"))


def _without_effort(request: Request) -> Request:
    return replace(request, effort="", max_tokens=min(request.max_tokens, USUAL_TOKENS))


def _without_images(request: Request) -> Request:
    return replace(request, messages=tuple(map(in_words, request.messages)))


def _holds_images(request: Request) -> bool:
    return any(
        isinstance(part, ImagePart) or (isinstance(part, ToolResultPart) and part.images)
        for message in request.messages
        for part in message.parts
    )
