"""The system call filter: a classic BPF program put together by hand, so that no library is needed at run time.

Hands over to `seal`, which installs it. Numbers are those of Linux's tables for x86_64 and aarch64; a call that a
machine lacks (`open` on aarch64) is simply not in its table. Everything not named fails with EPERM.
"""

from __future__ import annotations

import errno
import struct

X86_64, AARCH64 = "x86_64", "aarch64"
_AUDIT_ARCH = {X86_64: 0xC000003E, AARCH64: 0xC00000B7}
_X32_BIT = 0x40000000  # the same kernel, other numbers: a way past a filter that looks at the number only
_PROT_EXEC = 4

ALLOWED = [
    # what torch needs on one CPU thread after warm-up, by strace
    "futex", "mmap", "munmap", "mprotect", "mremap", "brk", "madvise",
    # the request, the answer
    "read", "write", "readv", "writev", "close", "lseek",
    # clocks, signals, the end
    "clock_gettime", "clock_getres", "gettimeofday", "getrusage", "times", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group",
    # harmless questions that libc and the allocator ask
    "getpid", "gettid", "getppid", "getrandom", "rseq", "membarrier", "sched_yield", "sched_getaffinity", "getcpu",
]  # fmt: skip

MISSING = [
    "open", "openat", "openat2", "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getcwd", "getdents64",
]  # fmt: skip
"""File look-ups answer ENOENT, so that a lazy import fails as if the file were not there."""

FATAL = [
    "execve", "execveat", "fork", "vfork", "clone", "clone3", "socket", "socketpair", "ptrace", "process_vm_readv",
    "process_vm_writev", "bpf", "unshare", "setns", "io_uring_setup", "io_uring_enter", "io_uring_register",
]  # fmt: skip
"""Nobody who only computes calls these: the process ends with SIGSYS and the server logs it."""

_X86_64_NUMBERS = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "lstat": 6, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "readv": 19, "writev": 20,
    "access": 21, "sched_yield": 24, "mremap": 25, "madvise": 28, "getpid": 39, "socket": 41, "socketpair": 53,
    "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "exit": 60, "getcwd": 79, "readlink": 89, "gettimeofday": 96,
    "getrusage": 98, "times": 100, "ptrace": 101, "getppid": 110, "sigaltstack": 131, "gettid": 186, "futex": 202,
    "sched_getaffinity": 204, "getdents64": 217, "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
    "exit_group": 231, "openat": 257, "newfstatat": 262, "readlinkat": 267, "faccessat": 269, "unshare": 272,
    "setns": 308, "getcpu": 309, "process_vm_readv": 310, "process_vm_writev": 311, "getrandom": 318, "bpf": 321,
    "execveat": 322, "membarrier": 324, "statx": 332, "rseq": 334, "io_uring_setup": 425, "io_uring_enter": 426,
    "io_uring_register": 427, "clone3": 435, "openat2": 437, "faccessat2": 439,
}  # fmt: skip
_AARCH64_NUMBERS = {
    "getcwd": 17, "faccessat": 48, "openat": 56, "close": 57, "getdents64": 61, "lseek": 62, "read": 63, "write": 64,
    "readv": 65, "writev": 66, "readlinkat": 78, "newfstatat": 79, "exit": 93, "exit_group": 94, "unshare": 97,
    "futex": 98, "clock_gettime": 113, "clock_getres": 114, "ptrace": 117, "sched_getaffinity": 123,
    "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
    "rt_sigreturn": 139, "times": 153, "getrusage": 165, "getcpu": 168, "gettimeofday": 169, "getpid": 172,
    "getppid": 173, "gettid": 178, "socket": 198, "socketpair": 199, "brk": 214, "munmap": 215, "mremap": 216,
    "clone": 220, "execve": 221, "mmap": 222, "mprotect": 226, "madvise": 233, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "getrandom": 278, "bpf": 280, "execveat": 281, "membarrier": 283, "statx": 291,
    "rseq": 293, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "clone3": 435,
    "openat2": 437, "faccessat2": 439,
}  # fmt: skip
NUMBERS = {X86_64: _X86_64_NUMBERS, AARCH64: _AARCH64_NUMBERS}

_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _THIRD_ARGUMENT = (
    0,
    4,
    32,
)  # offsets in struct seccomp_data; the argument's low word on little-endian


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def program(machine: str) -> bytes:
    """The filter for `platform.machine()`, as an array of `struct sock_filter`. KeyError where there is no table."""
    numbers = NUMBERS[machine]
    out = [
        _instruction(_LOAD, _ARCH),
        _instruction(_EQUAL, _AUDIT_ARCH[machine], if_true=1),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NR),
    ]
    if machine == X86_64:
        out += [_instruction(_AT_LEAST, _X32_BIT, if_false=1), _instruction(_RETURN, _KILL_PROCESS)]
    for name in ("mmap", "mprotect"):  # memory, yes; code, no
        out += [
            _instruction(_EQUAL, numbers[name], if_false=4),
            _instruction(_LOAD, _THIRD_ARGUMENT),
            _instruction(_ANY_BIT, _PROT_EXEC, if_false=1),
            _instruction(_RETURN, _ERRNO | errno.EPERM),
            _instruction(_RETURN, _ALLOW),
        ]
    for names, action in ((ALLOWED, _ALLOW), (MISSING, _ERRNO | errno.ENOENT), (FATAL, _KILL_PROCESS)):
        for name in names:
            if name in numbers and name not in ("mmap", "mprotect"):
                out += [_instruction(_EQUAL, numbers[name], if_false=1), _instruction(_RETURN, action)]
    out.append(_instruction(_RETURN, _ERRNO | errno.EPERM))
    return b"".join(out)
