"""One request from source to answer: parse, run statement by statement, look at the watches, hand the trace over."""

from __future__ import annotations

import ast
import gc
import random
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from freedive.lab.bodies import NOTHING, Bodies, targets
from freedive.lab.budget import Budget, LimitReached
from freedive.lab.builtin_names import builtin_names
from freedive.lab.dialects import recognize, start_names
from freedive.lab.dialects.standard.drawing.telling import figures_told
from freedive.lab.door import translated
from freedive.lab.explanations import build_trace
from freedive.lab.findings import findings
from freedive.lab.findings.evidence import Evidence, Failure
from freedive.lab.flows import FlowCompiler
from freedive.lab.kinds import kind_of
from freedive.lab.looking import Looking
from freedive.lab.parser import Parsed, parse, parse_expression
from freedive.lab.printing import options_kept
from freedive.lab.problems import Refused, problem
from freedive.lab.recorder import Record, Recorder
from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope
from freedive.lab.spans import Spans
from freedive.lab.values import Encoder

Json = dict[str, Any]


class Interpreter:
    """Runs one snippet and collects its answer."""

    def __init__(self, request: Json, budget: Budget, begun: Callable[[int], None] | None = None) -> None:
        self.request = request
        self.begun = begun
        self.budget = budget
        self.recorder = Recorder(budget.records, budget.details)
        running.start(budget, self.recorder)
        self.names: dict[str, Any] = {}
        running.names = self.names
        source = str(request.get("setup") or "") + "\n" + str(request.get("source") or "")
        self.dialect = recognize(str(request.get("dialect") or "auto"), source)
        builtins = {**start_names(self.dialect), **builtin_names()}
        self.bodies = Bodies(Encoder(self.recorder.storages))
        running.meter.let_go = self.bodies.let_go
        self.compiler = FlowCompiler(self.names, builtins, self.bodies)
        self.scope = Scope("module", None, set())
        self.frame = Frame(self.names, None)
        self.encoder = Encoder(self.recorder.storages)
        self.session = bool(request.get("session"))
        self.spans = Spans("")
        self.failures: list[Failure] = []
        if request.get("look"):
            self.recorder.looking = Looking(request["look"])
        self.only_looks = self.recorder.looking is not None and not request.get("trace", True)

    def run(self) -> Json:
        began = time.perf_counter()
        answer: Json = {
            "status": "ok", "dialect": self.dialect, "statements": [], "inner": [], "ops": [], "tensors": {}, "storages": {},
            "graph": None, "watch": [], "output": "", "plots": {}, "figures": [], "mended": [], "remarks": [], "findings": [], "error": None, "source": "", "curves": {}, "dropped": False, "elapsed_ms": 0.0,
        }  # fmt: skip
        old_limit = torch.is_grad_enabled()
        self._seed(int(self.request.get("seed") or 0))
        dtype = torch.get_default_dtype()
        collecting = gc.isenabled()
        gc.disable()  # a run is short and bounded, and walking through all of torch's objects costs a tenth of it
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), options_kept():
                warnings.simplefilter("ignore")
                self._run(answer)
        finally:
            if collecting:
                gc.enable()
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(old_limit)
        answer["elapsed_ms"] = round((time.perf_counter() - began) * 1e3, 3)
        return answer

    def _seed(self, seed: int) -> None:
        torch.default_generator.manual_seed(
            seed
        )  # torch.manual_seed also asks every GPU library, at twenty times the cost
        np.random.seed(seed % 2**32)
        random.seed(seed)
        running.random = random.Random(seed)

    def _run(self, answer: Json) -> None:
        try:
            if self.request.get("setup"):
                self._setup(parse(str(self.request["setup"])))
            parsed = parse(str(self.request.get("source") or ""))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
                raise
            answer["error"] = self._problem(error)
            answer["status"] = "rejected" if isinstance(error, Refused) else _status(error)
            return
        answer["source"] = parsed.source
        self.spans = Spans(parsed.source)
        answer["mended"] = [{"line": m.line, "what": m.what} for m in parsed.mended]
        stopped = self._statements(parsed, answer)
        answer["inner"] = self.bodies.told()
        answer["output"] = "".join(running.output)
        answer["remarks"] = [{"line": said.line, "what": said.what} for said in running.remarks]
        answer["plots"] = dict(running.plots)
        answer["figures"] = [] if running.figures is None else figures_told(running.figures)
        if not isinstance(stopped, LimitReached):
            self.recorder.name(self.names)
            self._watch(answer)
        if self.request.get("trace", True):
            answer["findings"] = self._findings(answer, parsed.tree)
            answer.update(
                build_trace(self.recorder, self.names, answer["statements"], self.encoder, self.spans)
            )
        if self.recorder.looking is not None:
            answer["looked"] = self.recorder.looking.told()

    def _setup(self, parsed: Parsed) -> None:
        running.quiet = True
        try:
            for node in parsed.tree.body:
                self.compiler.top(node, self.scope)(self.frame)
        finally:
            running.quiet = False

    # ------------------------------------------------------------ statements
    def _statements(self, parsed: Parsed, answer: Json) -> BaseException | None:
        """Run them in turn; gives what ended the run early."""
        lines = parsed.source.split("\n")
        self.recorder.on = bool(self.request.get("trace", True) or self.recorder.looking)
        stopped: BaseException | None = None
        for index, node in enumerate(parsed.tree.body):
            entry: Json = {
                "index": index, "line": node.lineno, "end_line": node.end_lineno,
                "source": "\n".join(lines[node.lineno - 1 : node.end_lineno])[:2000],
                "target": targets(node), "value": None, "output": "", "ops": [], "error": None,
            }  # fmt: skip
            answer["statements"].append(entry)
            self.recorder.begin(index, node.lineno)
            if self.begun is not None:
                self.begun(node.lineno)
            printed = len(running.output)
            error = self._one(node, entry)
            self.recorder.on, on = False, self.recorder.on
            self.bodies.settle(index)
            self.recorder.on = on
            entry["output"] = "".join(running.output[printed:])
            if error is None:
                continue
            entry["error"] = self._problem(error)
            self._failed(index, error, entry["error"])
            status = _status(error)
            if not self.session or isinstance(error, LimitReached):
                answer["status"] = status
                answer["error"] = entry["error"]
                stopped = error
                break
            if answer["status"] == "ok":
                answer["status"] = status
        self.recorder.on = False
        return stopped

    def _one(self, node: ast.stmt, entry: Json) -> BaseException | None:
        running.at = node
        running.meter.depth = 0
        try:
            if isinstance(node, ast.Expr):
                running.meter.step()
                self.compiler.open(node, False)
                value = self.compiler.expression(node.value, self.scope)(self.frame)
                entry["value"] = None if self.only_looks else self._encoded(value)
                return None
            execute = self.compiler.top(node, self.scope)
            execute(self.frame)
            self.compiler.cell.last = NOTHING
            held = _held(node)
            if held is not None and not self.only_looks:
                entry["value"] = self._peek(held)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except Exception as error:
            return translated(error)
        except BaseException as error:
            return error
        return None

    def _encoded(self, value: Any) -> Json:
        self.recorder.on, was = False, self.recorder.on
        try:
            return self.encoder.value(value)
        finally:
            self.recorder.on = was

    def _peek(self, node: ast.expr) -> Json | None:
        """What an assignment's target holds now, untraced."""
        self.recorder.on, was = False, self.recorder.on
        try:
            return self.encoder.value(self.compiler.expression(node, self.scope)(self.frame))
        except Exception:
            return None
        finally:
            self.recorder.on = was

    def _problem(self, error: BaseException) -> Json:
        at = running.at
        line = getattr(at, "lineno", None)
        column = getattr(at, "col_offset", None)
        return problem(error, line, None if column is None else self.spans.column(line or 0, column))

    # ------------------------------------------------------------ findings
    def _failed(self, index: int, error: BaseException, told: Json) -> None:
        records = self.recorder.records
        last = records[-1] if records else None
        raised = last if isinstance(last, Record) and last.failed == str(error) else None
        self.failures.append(Failure(index, error, told, raised, len(records)))

    def _findings(self, answer: Json, tree: ast.Module) -> list[Json]:
        """What is wrong without an error, and why what failed did; an error's hint is what mends it."""
        return findings(
            Evidence(
                self.recorder, self.spans, answer["statements"], self.failures, self.names, self.dialect, tree
            )
        )

    # ------------------------------------------------------------ watches
    def _watch(self, answer: Json) -> None:
        for source in self.request.get("watch") or []:
            entry: Json = {"source": source, "value": None, "error": None}
            answer["watch"].append(entry)
            try:
                running.quiet = True
                node = parse_expression(str(source))
                entry["value"] = self.encoder.value(self.compiler.expression(node, self.scope)(self.frame))
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                entry["error"] = self._problem(translated(error) if isinstance(error, Exception) else error)
            finally:
                running.quiet = False


def _status(error: BaseException) -> str:
    if isinstance(error, LimitReached | RecursionError | MemoryError):
        return "limit"
    return "rejected" if isinstance(error, Refused) else "error"


def _held(node: ast.stmt) -> ast.expr | None:
    """The target of an assignment as an expression that reads it."""
    if isinstance(node, ast.Assign):
        return _read(node.targets[-1])
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
        return _read(node.target)
    return None


def _read(target: ast.expr) -> ast.expr | None:
    made: ast.expr
    if isinstance(target, ast.Name):
        made = ast.Name(target.id, ast.Load())
    elif isinstance(target, ast.Attribute):
        made = ast.Attribute(target.value, target.attr, ast.Load())
    elif isinstance(target, ast.Subscript):
        made = ast.Subscript(target.value, target.slice, ast.Load())
    elif isinstance(target, ast.Tuple | ast.List):
        items = [read for each in target.elts if (read := _read(each)) is not None]
        if len(items) < len(target.elts):
            return None
        made = ast.Tuple(items, ast.Load()) if isinstance(target, ast.Tuple) else ast.List(items, ast.Load())
    else:
        return None
    return ast.copy_location(made, target)


def show(value: Any) -> str:
    return kind_of(value).text(value)
