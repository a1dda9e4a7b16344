"""Sets up all that the checks need, runs every one of them and ends with `N passed, N failed`: `python3 tests/run.py`.

Standard library only, so that any Python from 3.11 starts it in a fresh clone. The environment lies in .test-env and is
kept between runs. pip's own settings hold (PIP_CONSTRAINT, say). The exit code is 0 only where nothing failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".test-env"
FRONTEND = ROOT / "frontend"
REPORTS = Path(tempfile.mkdtemp(prefix="freedive-checks-"))


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass
class Stage:
    """One command whose output streams, and how its tests are counted; without `count` it is one check."""

    name: str
    command: list[str]
    folder: Path = ROOT
    needs: tuple[str, ...] = ("environment",)
    minutes: float = 5
    count: Callable[[], Count] | None = None


# The tensor lab's tests take about as long as all others; apart, they run on the other core.
LAB = ("lab", "sandbox")


def stages() -> dict[str, Stage]:
    def pytest(name: str, needs: tuple[str, ...], *arguments: str) -> Stage:
        report = REPORTS / f"{name}.xml"
        return Stage(
            name,
            [tool("pytest"), "-q", "--durations=10", f"--junitxml={report}", *arguments],
            needs=needs,
            minutes=25,
            count=lambda: count_junit(report),
        )

    vitest = REPORTS / "vitest.json"
    node = ("environment", "packages")
    every = [
        Stage("ruff", [tool("ruff"), "check", "."]),
        Stage("format", [tool("ruff"), "format", "--check", "."]),
        Stage("mypy", [tool("mypy")]),
        Stage("eslint", ["npm", "run", "--silent", "lint"], FRONTEND, node),
        Stage("svelte-check", ["npm", "run", "--silent", "check"], FRONTEND, node),
        Stage(
            "vitest",
            [
                "npx",
                "--no-install",
                "vitest",
                "run",
                "--reporter=dot",
                "--reporter=json",
                f"--outputFile.json={vitest}",
            ],
            FRONTEND,
            node,
            count=lambda: count_vitest(vitest),
        ),
        pytest("pytest", ("environment",), *(f"--ignore=tests/{folder}" for folder in ("browser", *LAB))),
        pytest("lab", ("environment",), *(f"tests/{folder}" for folder in LAB)),
        # On its own: Playwright's loop, left running, breaks asyncio's tests in the same process.
        pytest("browser", ("environment", "page", "chromium"), "tests/browser"),
    ]
    return {stage.name: stage for stage in every}


# What runs side by side on two cores; the browser comes after, since its pictures move in real time.
LANES = [["pytest"], ["ruff", "format", "mypy", "eslint", "svelte-check", "vitest", "lab"]]


# Counting


def count_junit(report: Path) -> Count:
    count = Count()
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None:
            count.skipped += 1
        else:
            count.passed += 1
    return count


def count_vitest(report: Path) -> Count:
    result = json.loads(report.read_text())
    return Count(result["numPassedTests"], result["numFailedTests"], result["numPendingTests"])


# Running


class Runner:
    """Runs commands with their output under their name, and keeps what came of them."""

    def __init__(self) -> None:
        self.counts: dict[str, Count] = {}
        self.tails: dict[str, list[str]] = {}
        self.broken: set[str] = set()
        self.speech = threading.Lock()
        self.living: set[subprocess.Popen[str]] = set()
        self.stopped = False

    def say(self, line: str) -> None:
        with self.speech:
            print(line, flush=True)

    def run(self, name: str, command: list[str], folder: Path, minutes: float, **extra: str) -> str | None:
        """Streams one command; None when it went well, else why not. A command past its time is ended."""
        if self.stopped:
            return "stopped"
        tail = self.tails.setdefault(name, [])
        self.say(f"{name:>12} | $ {' '.join(command)}")
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=surroundings() | extra,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as reason:
            return f"{command[0]} cannot be started: {reason.strerror}"
        self.living.add(process)
        late = threading.Event()

        def end() -> None:
            late.set()
            end_group(process)

        clock = threading.Timer(minutes * 60, end)
        clock.start()
        assert process.stdout
        for line in process.stdout:
            tail.append(line.rstrip())
            self.say(f"{name:>12} | {line.rstrip()}")
        code = process.wait()
        clock.cancel()
        self.living.discard(process)
        if late.is_set():
            return f"not done after {minutes:g} minutes, so it was ended"
        return f"exit code {code}" if code else None

    def set_up(self, name: str, work: Callable[[Runner], str | None]) -> None:
        """One part of the set-up; where it fails, it counts as failed and what needs it does not start."""
        began = time.monotonic()
        self.say(f"\n== {name}")
        reason = "there is no environment" if "environment" in self.broken else work(self)
        self.say(f"== {name}: {reason or 'ready'} ({time.monotonic() - began:.0f} s)\n")
        if reason:
            self.broken.add(name)
            self.counts[name] = Count(failed=1)

    def check(self, stage: Stage) -> None:
        began = time.monotonic()
        self.say(f"\n== {stage.name}")
        missing = [need for need in stage.needs if need in self.broken]
        if missing:
            reason: str | None = f"cannot start: {missing[0]} could not be set up"
        else:
            reason = self.run(stage.name, stage.command, stage.folder, stage.minutes)
        count = Count(passed=0 if reason else 1, failed=1 if reason else 0)
        if stage.count and not missing:
            try:
                count = stage.count()
            except (OSError, ValueError, KeyError, ElementTree.ParseError):
                count, reason = Count(), reason or "left no report to count"
            # It broke outside its tests: nothing found, a crash, an error while collecting.
            count.failed += 1 if reason and not count.failed else 0
        self.counts[stage.name] = count
        why = f" ({reason})" if reason else ""
        self.say(f"== {stage.name}: {count}{why} in {time.monotonic() - began:.0f} s\n")

    def stop(self) -> None:
        """Ends what is running; nothing starts after it."""
        self.stopped = True
        for process in list(self.living):
            end_group(process)


def end_group(process: subprocess.Popen[str]) -> None:
    """Ends a command with everything it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def tool(name: str) -> str:
    return str(ENVIRONMENT / "bin" / name)


def surroundings() -> dict[str, str]:
    """The environment's programs come first, node's from PyPI among them where the system has none."""
    search = f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": search, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "CI": "true"}


# Setting up


def environment(runner: Runner) -> str | None:
    """An environment with the package (editable) and its test extra; kept while pyproject.toml and the pins are the same."""
    constraints = os.environ.get("PIP_CONSTRAINT", "")
    pins = "".join(Path(file).read_text() for file in constraints.split())
    project = (ROOT / "pyproject.toml").read_text()
    wanted = hashlib.sha256(f"{ROOT}{sys.version}{project}{pins}".encode()).hexdigest()
    stamp = ENVIRONMENT / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return None
    if not Path(tool("python")).exists():
        reason = runner.run("environment", [sys.executable, "-m", "venv", str(ENVIRONMENT)], ROOT, 3)
        if reason:
            return reason
    # The page is built in a part of its own, so that the checks of the server need no node.
    install = [tool("python"), "-m", "pip", "install", "--progress-bar=off", "--editable", ".[test]"]
    reason = runner.run("environment", install, ROOT, 10, FREEDIVE_SKIP_FRONTEND="1")
    if reason is None:
        stamp.write_text(wanted)
    return reason


HOOK = str(FRONTEND / "hatch_build.py")


def packages(runner: Runner) -> str | None:
    """Node packages, and node from PyPI where the system has none, by the very code that the package's build runs."""
    asked = subprocess.run(
        [tool("python"), HOOK, "--requires"], env=surroundings(), capture_output=True, text=True, check=False
    )
    if asked.returncode:
        return asked.stderr.strip()
    if wanted := asked.stdout.split():
        reason = runner.run("packages", [tool("python"), "-m", "pip", "install", *wanted], ROOT, 5)
        if reason:
            return reason
    return runner.run("packages", [tool("python"), HOOK, "--packages"], ROOT, 10)


def page(runner: Runner) -> str | None:
    """The built page and MNIST."""
    if "packages" in runner.broken:
        return "there are no Node packages to build it with"
    return runner.run("page", [tool("python"), HOOK], ROOT, 5)


def chromium(runner: Runner) -> str | None:
    """Debian's Chromium and its Chinese fonts where we are root; else the one that Playwright brings."""
    here = shutil.which("chromium") is not None
    fonts = shutil.which("fc-list")
    chinese = bool(
        fonts and subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout.strip()
    )
    if is_debian_root():
        missing = ([] if here else ["chromium"]) + ([] if chinese else ["fonts-noto-cjk"])
        if not missing:
            return None
        update, install = ["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "--yes", *missing]
        return runner.run("chromium", update, ROOT, 5) or runner.run(
            "chromium", install, ROOT, 8, DEBIAN_FRONTEND="noninteractive"
        )
    if here:
        return None
    return runner.run("chromium", [tool("playwright"), "install", "chromium"], ROOT, 8)


def is_debian_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def main() -> int:
    every = stages()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", action="append", choices=list(every), metavar="STAGE", help=f"one of: {', '.join(every)}"
    )
    parser.add_argument("--fast", action="store_true", help="leave the browser out")
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 (it is run before anything has checked)
        print(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.\n0 passed, 1 failed")
        return 1
    chosen = [name for name in options.only or every if not (options.fast and name == "browser")]
    needed = {need for name in chosen for need in every[name].needs}

    runner = Runner()
    began = time.monotonic()
    # Commands have sessions of their own, so that they can be ended whole; a signal to us must reach them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_all(runner, every, chosen, needed)
    except KeyboardInterrupt:
        runner.stop()
        runner.counts["interrupted"] = Count(failed=1)
    finally:
        shutil.rmtree(REPORTS, ignore_errors=True)

    for name in [name for name, count in runner.counts.items() if count.failed]:
        runner.say(f"\n== what {name} said last")
        for line in runner.tails.get(name, [])[-60:]:
            runner.say(f"{name:>12} | {line}")
    runner.say("")
    for name, count in runner.counts.items():
        runner.say(f"{name:>12}   {count}")
    runner.say(f"{'in all':>12}   {time.monotonic() - began:.0f} s\n")
    failed = sum(count.failed for count in runner.counts.values())
    runner.say(f"{sum(count.passed for count in runner.counts.values())} passed, {failed} failed")
    return 1 if failed else 0


def run_all(runner: Runner, every: dict[str, Stage], chosen: list[str], needed: set[str]) -> None:
    def lane(names: list[str]) -> None:
        for name in names:
            if name in chosen:
                runner.check(every[name])

    # apt and pip wait for the network, not for each other; Playwright's own browser needs the environment first.
    browser = threading.Thread(target=runner.set_up, args=("chromium", chromium))
    beside = "chromium" in needed and is_debian_root()
    if beside:
        browser.start()
    runner.set_up("environment", environment)
    if needed & {"packages", "page"} or "pytest" in chosen:
        runner.set_up("packages", packages)
    if "page" in needed or "pytest" in chosen:
        runner.set_up("page", page)
    lanes = [threading.Thread(target=lane, args=(names,)) for names in LANES]
    for thread in lanes:
        thread.start()
    if "chromium" in needed and not beside:
        browser.start()
    for thread in lanes:
        thread.join()
    if "browser" in chosen:
        browser.join()
        runner.check(every["browser"])


if __name__ == "__main__":
    sys.exit(main())
