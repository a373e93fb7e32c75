"""What a model does not take, an effort or images: it is asked again without it, that is said, and then known."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.rig import PACE, REQUEST, Rig
from tests.faults import Answer, FaultServer, refusal
from tests.scripts import REFERENCE, ScriptedModels, ScriptedProvider, fail, image, prompt, text
from tests.wires import APIS, adapter, recorded
from tui.engine.refusals import Refusals
from tui.engine.stream import Limits, Step, StepResult
from tui.errors import EffortRefused, ImagesRefused, ProviderError, RequestRejected
from tui.messages import EFFORTS, ToolResultPart
from tui.providers.base import EFFORT_TOKENS, USUAL_TOKENS, Provider, Request

every_api = pytest.mark.parametrize("api", APIS)
THINKING = replace(REQUEST, effort="high", max_tokens=EFFORT_TOKENS["high"])
SEEING = replace(REQUEST, messages=(prompt("Look.", image()),))
TOLD_EFFORT = '{"error": {"message": "Unsupported parameter: \'reasoning.effort\' is not supported with this model."}}'
TOLD_IMAGES = '{"error": {"message": "image input is not supported by this model"}}'


def bodies(server: FaultServer) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in server.asked]


def effort_in(body: Mapping[str, Any]) -> list[str]:
    """The effort, wherever a wire format keeps it."""
    places = (body.get("output_config"), body.get("reasoning"))
    found = [place["effort"] for place in places if place]
    return [*found, *([body["reasoning_effort"]] if "reasoning_effort" in body else [])]


async def run(rig: Rig, provider: Provider, request: Request, refusals: Refusals | None = None) -> StepResult:
    limits = Limits(retries=1, retry_cap=0.01)
    step = Step(rig.log, ScriptedModels({}), limits=limits, pace=PACE, refusals=refusals)
    return await step.run(provider, request, turn_id="t", reference=REFERENCE)


@every_api
@pytest.mark.parametrize("effort", EFFORTS)
async def test_an_effort_is_said_in_the_words_of_each_format_and_none_is_not_said(api: str, effort: Any) -> None:
    async with FaultServer(Answer(body=recorded(api))) as server:
        provider, rig = adapter(api, server.url), Rig()
        assert (await run(rig, provider, replace(REQUEST, effort=effort))).error is None
        assert (await run(rig, provider, REQUEST)).error is None
        await provider.aclose()
        thinking, plain = bodies(server)
    assert effort_in(thinking) == [effort]
    assert effort_in(plain) == []
    assert not {"thinking", "reasoning", "reasoning_effort", "output_config"} & plain.keys()


@every_api
async def test_an_effort_that_is_refused_is_left_out_said_once_and_not_sent_again(api: str) -> None:
    async with FaultServer(refusal(400, TOLD_EFFORT), Answer(body=recorded(api))) as server:
        provider, rig, refusals = adapter(api, server.url), Rig(), Refusals()
        assert (await run(rig, provider, THINKING, refusals)).error is None
        (said,) = rig.journal.retries
        assert (said.attempt, said.wait) == (1, 0.0)
        assert "'high' is not taken" in said.reason and "reasoning.effort" in said.reason
        assert (await run(rig, provider, THINKING, refusals)).error is None
        await provider.aclose()
        assert [effort_in(body) for body in bodies(server)] == [["high"], [], []]
        assert len(rig.journal.retries) == 1
        longest = [max(body.get(key, 0) for key in body if key.startswith("max_")) for body in bodies(server)]
    assert longest == [EFFORT_TOKENS["high"], USUAL_TOKENS, USUAL_TOKENS]


@every_api
async def test_images_that_are_refused_become_words(api: str) -> None:
    async with FaultServer(refusal(400, TOLD_IMAGES), Answer(body=recorded(api))) as server:
        provider, rig, refusals = adapter(api, server.url), Rig(), Refusals()
        for _ in range(2):
            assert (await run(rig, provider, SEEING, refusals)).error is None
        await provider.aclose()
        first, *later = [asked.body.decode() for asked in server.asked]
    assert image().data in first
    assert len(later) == 2 and all(image().data not in body and "takes no images" in body for body in later)
    assert len(rig.journal.retries) == 1


async def test_both_may_be_refused_one_after_the_other() -> None:
    refused = [[fail(ImagesRefused("No images."))], [fail(EffortRefused("No effort."))], [text("Words only.")]]
    provider, rig = ScriptedProvider(refused), Rig()
    assert (await run(rig, provider, replace(SEEING, effort="max"))).error is None
    last = provider.requests[-1]
    assert (last.effort, [type(part).__name__ for part in last.messages[0].parts]) == ("", ["TextPart", "TextPart"])
    assert [retry.attempt for retry in rig.journal.retries] == [1, 2]


async def test_images_in_results_become_words_too() -> None:
    seen = ToolResultPart(call_id="a", text="A picture.", images=(image(),))
    provider, rig = ScriptedProvider([[fail(ImagesRefused("No images."))], [text("Fine.")]]), Rig()
    request = replace(REQUEST, messages=(prompt("Look.", seen),))
    assert (await run(rig, provider, request)).error is None
    assert [part.images for part in provider.requests[1].messages[0].parts if isinstance(part, ToolResultPart)] == [()]


async def test_what_is_refused_without_having_been_sent_fails_and_teaches_nothing() -> None:
    refusals, rig = Refusals(), Rig()
    for request in (REQUEST, THINKING):
        provider = ScriptedProvider([[fail(EffortRefused("Odd."))]], repeat=True)
        assert isinstance((await run(rig, provider, request, refusals)).error, EffortRefused)
    provider = ScriptedProvider([[text("Thought.")]])
    await run(rig, provider, THINKING, refusals)
    assert provider.requests[0].effort == "high"


async def test_one_effort_that_is_refused_says_nothing_of_another() -> None:
    refusals, rig = Refusals(), Rig()
    first = ScriptedProvider([[fail(EffortRefused("Not max."))], [text("Yes.")]])
    await run(rig, first, replace(THINKING, effort="max"), refusals)
    second = ScriptedProvider([[text("Yes.")], [text("Yes.")]])
    await run(rig, second, replace(THINKING, effort="max"), refusals)
    await run(rig, second, THINKING, refusals)
    assert [request.effort for request in second.requests] == ["", "high"]


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Unsupported parameter: 'reasoning.effort' is not supported with this model.", EffortRefused),
        (400, "Unrecognized request argument supplied: reasoning_effort", EffortRefused),
        (400, "This model does not support the effort parameter.", EffortRefused),
        (400, "adaptive thinking is not supported on this model", EffortRefused),
        (400, 'registry.ollama.ai/library/small "small" does not support thinking', EffortRefused),
        (400, "output_config.effort: Input should be 'low', 'medium' or 'high'", EffortRefused),
        (422, "body.reasoning_effort: extra fields not permitted", EffortRefused),
        (400, "Invalid content type. image_url is only supported by certain models.", ImagesRefused),
        (400, "unknown variant `image_url`, expected `text`", ImagesRefused),
        (404, "No endpoints found that support image input", ImagesRefused),
        (500, "image input is not supported - hint: you may need to provide the mmproj", ImagesRefused),
        (400, "small-1 is not a multimodal model", ImagesRefused),
        (400, "messages.0.content.1.image.source: image exceeds 5 MB maximum", RequestRejected),
        (400, "messages.1.content.0: Invalid `signature` in `thinking` block", RequestRejected),
    ],
)
async def test_what_servers_say_is_understood(status: int, message: str, kind: type[ProviderError]) -> None:
    async with FaultServer(refusal(status, json.dumps({"error": {"message": message}}))) as server:
        provider = adapter("openai-chat", server.url)
        result = await run(Rig(), provider, REQUEST)
        await provider.aclose()
    assert type(result.error) is kind
