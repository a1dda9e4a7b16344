"""The filter, run instruction by instruction here; that the kernel obeys it is tested in test_seal."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from freedive.sandbox import bpf

KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
HEADERS = {
    bpf.X86_64: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    bpf.AARCH64: Path("/usr/include/asm-generic/unistd.h"),
}


def decide(machine: str, number: int, *, arch: int | None = None, third: int = 0) -> int:
    """What the kernel would return for one call: an interpreter for the five instructions in use."""
    arch = bpf._AUDIT_ARCH[machine] if arch is None else arch
    data = struct.pack("<IIQ6Q", number, arch, 0, 0, 0, third, 0, 0, 0)
    code = bpf.program(machine)
    at = accumulator = 0
    while True:
        instruction, if_true, if_false, value = struct.unpack_from("<HBBI", code, at * 8)
        at += 1
        match instruction:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x45:
                at += if_true if accumulator & value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"unknown instruction {instruction:#x}")


@pytest.mark.parametrize("machine", bpf.NUMBERS)
def test_every_named_call_gets_its_action(machine: str) -> None:
    numbers = bpf.NUMBERS[machine]
    for names, action in ((bpf.ALLOWED, ALLOW), (bpf.MISSING, ERRNO | errno.ENOENT), (bpf.FATAL, KILL)):
        for name in names:
            if name in numbers:
                assert decide(machine, numbers[name]) == action, name


@pytest.mark.parametrize("machine", bpf.NUMBERS)
def test_what_is_not_named_is_refused(machine: str) -> None:
    named = set(bpf.NUMBERS[machine].values())
    others = [number for number in range(500) if number not in named]
    assert {decide(machine, number) for number in others} == {ERRNO | errno.EPERM}


@pytest.mark.parametrize("machine", bpf.NUMBERS)
@pytest.mark.parametrize("call", ["mmap", "mprotect"])
def test_memory_is_given_but_no_code(machine: str, call: str) -> None:
    number = bpf.NUMBERS[machine][call]
    assert decide(machine, number, third=3) == ALLOW
    assert decide(machine, number, third=7) == ERRNO | errno.EPERM


def test_other_tables_of_numbers_are_no_way_round() -> None:
    i386 = 0x40000003
    assert decide(bpf.X86_64, bpf.NUMBERS[bpf.X86_64]["read"], arch=i386) == KILL
    assert decide(bpf.X86_64, 0x40000000 | 0) == KILL  # x32 read
    assert decide(bpf.AARCH64, 63, arch=0x40000028) == KILL  # 32-bit ARM


@pytest.mark.parametrize("machine", bpf.NUMBERS)
def test_numbers_are_the_kernels(machine: str) -> None:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"no kernel header {header}")
    text = header.read_text("ascii")
    official = {
        name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)
    }
    official |= {"newfstatat": official.get("newfstatat", official.get("fstatat", -1))}
    assert {name: official[name] for name in bpf.NUMBERS[machine]} == bpf.NUMBERS[machine]


def test_each_allowed_call_is_known_on_the_common_machine() -> None:
    assert set(bpf.ALLOWED + bpf.MISSING + bpf.FATAL) == set(bpf.NUMBERS[bpf.X86_64])
