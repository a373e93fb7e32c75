"""A model server in a process of its own, so that its work is not counted: ``python -m bench.wire_server RATE``.

Prints its port. Speaks the three wire formats by path, one chunk of HTTP and one event a token, RATE tokens a second
on each connection, for as long as the client listens. The model's name says how it behaves (see ``WireServer``).
"""

import argparse
import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from bench.tokens import token

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
SHELL = "echo up; sleep 60"
"""What the model ``shell`` asks to run."""

Payload = dict[str, object]


def _anthropic_opening() -> list[Payload]:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {}}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]


def _anthropic(text: str) -> Payload:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def _openai_opening() -> list[Payload]:
    item = {"id": "m", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    return [{"type": "response.output_item.added", "sequence_number": 0, "output_index": 0, "item": item}]


def _openai(text: str) -> Payload:
    return {
        "type": "response.output_text.delta", "sequence_number": 1, "item_id": "m", "output_index": 0,
        "content_index": 0, "delta": text, "logprobs": [],
    }  # fmt: skip


def _chat(text: str) -> Payload:
    return _chat_chunk({"content": text})


def _chat_chunk(delta: Payload, finish: str | None = None) -> Payload:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "m", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": choices}


_OPENINGS: dict[str, Callable[[], list[Payload]]] = {
    "/v1/messages": _anthropic_opening,
    "/v1/responses": _openai_opening,
    "/v1/chat/completions": lambda: [_chat_chunk({"role": "assistant", "content": ""})],
}
_TOKENS: dict[str, Callable[[str], Payload]] = {
    "/v1/messages": _anthropic,
    "/v1/responses": _openai,
    "/v1/chat/completions": _chat,
}


class WireServer:
    """Models: ``stream`` streams, ``hang`` says nothing, ``shell`` (chat completions only) asks to run SHELL."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.asked = 0
        self.hung_up = 0
        """Connections that the client closed while an answer was due."""

    async def __aenter__(self) -> "WireServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._answer(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        body = json.loads(await reader.readexactly(int(length.partition(":")[2])))
        path, model = head.split(" ")[1].partition("?")[0], body["model"]
        self.asked += 1
        if model == "shell":
            _say(writer, [_shell_call(), _chat_chunk({}, "tool_calls"), "[DONE]"])
            writer.write(b"0\r\n\r\n")
            return
        gone = asyncio.ensure_future(reader.read(1))
        try:
            if model != "hang":
                await self._stream(path, writer, gone)
            await gone
        finally:  # an end of file or a reset, which is what a client leaves that had bytes to read
            self.hung_up += 1
        raise ConnectionResetError

    async def _stream(self, path: str, writer: asyncio.StreamWriter, gone: "asyncio.Future[bytes]") -> None:
        loop, make = asyncio.get_running_loop(), _TOKENS[path]
        writer.write(HEAD)
        _say(writer, _OPENINGS[path](), head=False)
        began, number = loop.time(), 0
        while not gone.done():
            number += 1
            _say(writer, [make(token(number))], head=False)
            ahead = began + number / self._rate - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif number % 16 == 0:
                await writer.drain()


def _shell_call() -> Payload:
    function = {"name": "shell", "arguments": json.dumps({"command": SHELL})}
    return _chat_chunk({"tool_calls": [{"index": 0, "id": "call", "type": "function", "function": function}]})


def _say(writer: asyncio.StreamWriter, payloads: list[Payload] | list[Payload | str], *, head: bool = True) -> None:
    if head:
        writer.write(HEAD)
    for payload in payloads:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        kind = f"event: {payload['type']}\n" if isinstance(payload, dict) and "type" in payload else ""
        event = f"{kind}data: {data}\n\n".encode()
        writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")


async def _main(rate: float) -> None:
    async with WireServer(rate) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rate", type=float)
    asyncio.run(_main(parser.parse_args().rate))
