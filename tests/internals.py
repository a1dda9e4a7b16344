"""What no answer may say: the names and addresses of the objects that the interpreter itself is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

INTERNAL = re.compile(
    r"freedive\.|<module '[^']*' |<built-in (?!function [a-z_]+>) |<slot wrapper|<method-wrapper|<method '|<code object|<frame at"
    r"|<property object|<cell at|<ufunc |<member '|<attribute '|mappingproxy\("
    r"|0x(?!0{8})[0-9a-f]{11,16}\b"
)
"""Our own objects have addresses too, as Python's do: ten digits that count up, the same in every run."""


def texts(answer: Any) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, dict):
        for value in answer.values():
            yield from texts(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from texts(value)


def internals_in(answer: Any) -> list[str]:
    """The texts that name something of ours."""
    return [text[:300] for text in texts(answer) if INTERNAL.search(text)]
