"""Pasted transcripts made runnable, visibly: prompts, printed results and line-number gutters are turned into comments.

Line numbers stay as pasted, so that an error still points at the line a person sees.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple


class Mend(NamedTuple):
    """One repair: the line it was made on and what was done, in words."""

    line: int
    what: str


_IN = re.compile(r"^\s*In\s*\[\s*\d*\s*\]\s*:\s?")
_OUT = re.compile(r"^\s*Out\s*\[\s*\d*\s*\]\s*:")
_CONTINUED = re.compile(r"^\s*\.{3,}:?\s?")
_PROMPT = re.compile(r"^\s*>>>\s?")
_MAGIC = re.compile(r"^\s*[%!][\w%!]")
_HELP = re.compile(r"^(\s*)(?:\?{1,2}\s*([\w.\[\]]+)|([\w.\[\]]+)\s*\?{1,2})\s*(#.*)?$")
_LABEL = re.compile(r"^\s*(输入|输出|input|output|In|Out)\s*[:：]?\s*$", re.I)
_INPUTS = ("输入", "input", "in")


def mend(source: str) -> tuple[str, list[Mend]]:
    """The source as code, and what was done to it (empty when it was left alone)."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    mended: list[Mend] = []
    if any(_IN.match(line) or _OUT.match(line) for line in lines):
        lines = _notebook(lines, mended)
    elif any(_PROMPT.match(line) for line in lines):
        lines = _shell(lines, mended)
    lines = _gutter(lines, mended)
    for number, line in enumerate(lines, 1):
        found = _HELP.match(line)
        if found:
            target = found.group(2) or found.group(3)
            lines[number - 1] = f"{found.group(1)}help({target})"
            mended.append(Mend(number, "a question mark asks for help: run as help(...)"))
        elif _MAGIC.match(line) and not _parses(source):
            lines[number - 1] = "# " + line
            mended.append(Mend(number, "a notebook command was left out"))
    if not mended and '\\"' in source and not _parses(source):
        unescaped = source.replace('\\"', '"')
        if _parses(unescaped):
            return unescaped, [Mend(1, 'escaped quotes (\\") were read as quotes')]
    if not mended and not _parses(source):
        split = _unglue(source)
        if split is not None:
            return split
    return "\n".join(lines), mended


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _notebook(lines: list[str], mended: list[Mend]) -> list[str]:
    """`In[3]: code`, `Out[3]: result`: prompts go, results become comments up to the next blank line or prompt."""
    out: list[str] = []
    printing = False
    for number, line in enumerate(lines, 1):
        if _IN.match(line):
            printing = False
            out.append(_IN.sub("", line))
            mended.append(Mend(number, "the prompt In[..] was taken off"))
        elif _OUT.match(line):
            printing = True
            out.append("# " + line.strip())
            mended.append(Mend(number, "a printed result became a comment"))
        elif printing and line.strip():
            out.append("# " + line)
        else:
            printing = printing and bool(line.strip())
            out.append(_CONTINUED.sub("", line) if _CONTINUED.match(line) else line)
    return out


def _shell(lines: list[str], mended: list[Mend]) -> list[str]:
    """`>>> code` and `... more`; all else is output."""
    out: list[str] = []
    for number, line in enumerate(lines, 1):
        if _PROMPT.match(line):
            out.append(_PROMPT.sub("", line, count=1))
            mended.append(Mend(number, "the prompt >>> was taken off"))
        elif _CONTINUED.match(line):
            out.append(_CONTINUED.sub("", line, count=1))
        elif line.strip() and not line.lstrip().startswith("#"):
            out.append("# " + line)
            mended.append(Mend(number, "a printed result became a comment"))
        else:
            out.append(line)
    return out


def _gutter(lines: list[str], mended: list[Mend]) -> list[str]:
    """A column of line numbers 1, 2, 3 … pasted as lines of their own or in front of each line, and input/output labels."""
    out = list(lines)
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    run = 0
    while start + run < len(lines) and lines[start + run].strip() == str(run + 1):
        run += 1
    if run >= 3 and start + run < len(lines):
        for i in range(start, start + run):
            out[i] = "# " + lines[i].strip()
        mended.append(Mend(start + 1, f"a gutter of {run} line numbers became comments"))
    numbered = [
        (i, re.match(r"^\s*(\d+)[\s:|.]\s?(?=\S)(.*)$", line)) for i, line in enumerate(lines) if line.strip()
    ]
    if len(numbered) >= 2 and all(m and int(m.group(1)) == n for n, (_, m) in enumerate(numbered, 1)):
        for i, found in numbered:
            if found:
                out[i] = found.group(2)
        mended.append(Mend(1, "line numbers in front of the lines were taken off"))
    if any(_LABEL.match(line) for line in out) and (
        run >= 3 or any(_LABEL.match(line) and "输" in line for line in out)
    ):
        printing = False
        for i, line in enumerate(out):
            label = _LABEL.match(line)
            if label:
                printing = label.group(1).lower() not in _INPUTS
                out[i] = "# " + line.strip()
                mended.append(Mend(i + 1, f"the label {label.group(1)} became a comment"))
            elif printing and line.strip():
                out[i] = "# " + line
    return out


_GLUE = re.compile(
    r"(?<=[)\]\w])\s*(?=(?:import|from|print|for|with|def|class)\b)|(?<=[)\]])(?=[A-Za-z_]\w*\s*[=(])"
)


def _unglue(source: str) -> tuple[str, list[Mend]] | None:
    """Statements pasted onto one line (`a = f(x)b = g(a)`), parted where that makes the whole parse."""
    lines = source.split("\n")
    mended: list[Mend] = []
    for i, line in enumerate(lines):
        if line[:1].isspace() or _parses(line) or not _GLUE.search(line):
            continue
        parts = [part.strip() for part in _GLUE.split(line)]
        candidate = "; ".join(part for part in parts if part)
        if _parses(candidate):
            lines[i] = candidate
            mended.append(Mend(i + 1, "statements glued together were parted"))
    joined = "\n".join(lines)
    return (joined, mended) if mended and _parses(joined) else None
