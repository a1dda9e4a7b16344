"""The command line: `freedive serve | train | jobs | datasets | doctor | schema | version`.

Each command lives in a module of its own beside this one and is imported when it is asked for, so that
`freedive version` loads no torch and `freedive serve` no training.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from freedive import __version__
from freedive.errors import BadSpec, FreediveError
from freedive.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command. 0 when it went well, 1 when it failed for a reason it said, 2 for wrong arguments."""
    parsed = parser().parse_args(argv)
    try:
        status: int = parsed.command(parsed)
    except FreediveError as error:
        where = f" ({error.position})" if error.position else ""
        print(f"freedive: {error.message}{where}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `freedive jobs | head`
        sys.stderr.close()
        return 0
    return status


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(prog="freedive", description="A visual playground for deep learning.")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="start the server and its workers")
    serve.add_argument("--host", help="address to listen on (default: loopback only)")
    serve.add_argument("--port", type=int, help="default 3483, else the next free one; 0 is any")
    serve.add_argument("--data-dir", type=Path, help="where jobs, checkpoints and datasets are kept")
    serve.add_argument("--workers", type=int, help="worker processes")
    serve.add_argument("--threads", type=int, help="torch threads in each worker")
    serve.add_argument("--token", help="required of every visitor; made up if the address is not loopback")
    serve.add_argument("--log-level", choices=["debug", "info", "warning", "error"])
    serve.add_argument("--offline", action="store_true", default=None, help="never fetch datasets")
    serve.add_argument("--open", action="store_true", help="open the page in a browser")
    serve.set_defaults(command=_serve)

    train = commands.add_parser("train", help="train a recipe here, without a server")
    train.add_argument(
        "recipe", metavar="RECIPE", help="for example mnist-mlp; `freedive train list` names all"
    )
    train.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change the spec, for example --set optimizer.lr=0.1 --set epochs=3",
    )
    train.add_argument("--data-dir", type=Path, help="where datasets are kept")
    train.add_argument("--checkpoints", type=Path, help="keep checkpoints in this folder")
    train.add_argument("--offline", action="store_true", help="never fetch datasets")
    train.add_argument("--json", action="store_true", help="end with one JSON object")
    train.set_defaults(command=_train)

    jobs = commands.add_parser("jobs", help="list the jobs of a running server")
    jobs.add_argument("--url", default="http://127.0.0.1:3483", help="of the server")
    jobs.add_argument("--token", help="of the server, if it asks for one")
    jobs.add_argument("--json", action="store_true")
    jobs.set_defaults(command=_jobs)

    datasets = commands.add_parser("datasets", help="list datasets and whether they are here")
    datasets.add_argument("--data-dir", type=Path)
    datasets.add_argument("--json", action="store_true")
    datasets.set_defaults(command=_datasets)

    doctor = commands.add_parser("doctor", help="look at this machine and say what works")
    doctor.add_argument("--data-dir", type=Path)
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command=_doctor)

    schema = commands.add_parser("schema", help="print the OpenAPI document")
    schema.set_defaults(command=_schema)

    version = commands.add_parser("version", help="print the version")
    version.set_defaults(command=_version)
    return top


def settings_of(parsed: argparse.Namespace) -> Settings:
    """The environment's settings with the flags that were given over them. Raises BadSpec."""
    given = {
        name: value for name in Settings.model_fields if (value := getattr(parsed, name, None)) is not None
    }
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadSpec(
            f"The setting `{name}` is wrong: {first['msg']}; got {first['input']!r}.",
            hint=f"It comes from --{name.replace('_', '-')} or FREEDIVE_{name.upper()}.",
        ) from error


def _serve(parsed: argparse.Namespace) -> int:
    from freedive.cli.serving import serve

    return serve(settings_of(parsed), open_page=parsed.open)


def _train(parsed: argparse.Namespace) -> int:
    from freedive.cli.training import train

    return train(parsed)


def _jobs(parsed: argparse.Namespace) -> int:
    from freedive.cli.listing import jobs

    return jobs(parsed)


def _datasets(parsed: argparse.Namespace) -> int:
    from freedive.cli.listing import datasets

    return datasets(parsed)


def _doctor(parsed: argparse.Namespace) -> int:
    from freedive.cli.doctor import doctor

    return doctor(parsed)


def _schema(parsed: argparse.Namespace) -> int:
    from freedive.app import create_app

    print(json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False, sort_keys=True))
    return 0


def _version(parsed: argparse.Namespace) -> int:
    print(__version__)
    return 0
