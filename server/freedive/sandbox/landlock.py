"""Landlock with an empty rule set: no file, no TCP port, no abstract socket, no signal outwards.

Plain ctypes calls, because the kernel's three calls have no wrapper in libc. Degrades by kernel version: see
https://docs.kernel.org/userspace-api/landlock.html for what each ABI adds.
"""

from __future__ import annotations

import ctypes
import os
import struct

_CREATE, _RESTRICT = 444, 446  # the same numbers on every machine
_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # from this ABI on: how many of the low bits are rights on files


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none, or it is switched off or denied."""
    try:
        return max(0, _call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))
    except (OSError, AttributeError):
        return 0


def empty_ruleset(version: int) -> int:
    """A descriptor of a rule set that handles every right that the version knows and grants none. OSError."""
    bits = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    files = (1 << bits) - 1
    network = 0b11 if version >= 4 else 0  # bind and connect TCP
    scoped = 0b11 if version >= 6 else 0  # abstract Unix sockets, signals
    fields = 1 if version < 4 else 2 if version < 6 else 3
    attributes = struct.pack("<QQQ", files, network, scoped)[: fields * 8]
    return _call(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))


def restrict_self(ruleset: int) -> None:
    """From here on this process is held by the rule set. Needs NO_NEW_PRIVS or CAP_SYS_ADMIN. OSError."""
    _call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
