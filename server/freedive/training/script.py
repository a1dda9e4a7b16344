"""Script: a job as one plain, runnable PyTorch file without Freedive that reaches the same losses.

Each catalog entry gives its own source text; this module puts the texts in order and writes the loop around them.
It loads no torch itself, so that the server can answer with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from freedive.catalog.code import Code
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.metrics.naming import by_name
from freedive.protocol.commands import Changes
from freedive.protocol.specs import TrainSpec

ORDER = '''def epoch_order(size, seed, epoch):
    """The order of the training examples in one epoch."""
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed * 100_003 + epoch + 1))'''

CHANGED = ", with what was changed while it trained"

READABLE = {
    "multiclass": "outputs.softmax(-1)",
    "binary": "outputs.sigmoid()",
    "regression": "outputs",
}
MEASURED = {
    "multiclass": ("accuracy", "(outputs.argmax(-1) == targets).float().mean()"),
    "binary": ("accuracy", "((outputs > 0) == (targets > 0.5)).float().mean()"),
    "regression": ("mae", "(outputs - targets).abs().mean()"),
}


CHANGE = '''def change(model, optimizer, scheduler, lr=None, momentum=None, weight_decay=None, dropout=None):
    """Set what is given, from the next step on; a new learning rate scales the rest of the schedule."""
    for group in optimizer.param_groups:
        if lr is not None:
            factor = lr / group["lr"] if group["lr"] else 1.0
            group["initial_lr"] = group.get("initial_lr", lr / factor) * factor
            group["lr"] = lr
        if momentum is not None:
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
        if weight_decay is not None:
            group["weight_decay"] = weight_decay
    if lr is not None and scheduler is not None:
        rescale(scheduler, [group["initial_lr"] for group in optimizer.param_groups])
    for module in model.modules():
        if dropout is not None and isinstance(module, nn.Dropout):
            module.p = dropout


def rescale(scheduler, initial):
    """Give a scheduler, and those it is made of, new initial learning rates."""
    if hasattr(scheduler, "base_lrs"):
        scheduler.base_lrs = list(initial)
    for part in getattr(scheduler, "_schedulers", []):
        rescale(part, initial)'''
"""What `hyperparameters.py` does, for scripts of jobs that were changed while they trained."""


def script(
    spec: TrainSpec,
    store: DataStore,
    name: str = "",
    past: Sequence[tuple[int, Changes]] = (),
    threads: int = 1,
    scheduled: int | None = None,
) -> str:
    """The source text; `past` says what was changed after how many steps, `threads` how many the job had, `scheduled`
    for how many epochs the learning rate was scheduled where they are not those of the spec.

    Raises what the dataset's outline raises, for example BadData where an upload is gone.
    """
    outline = spec.dataset.outline(store)
    dataset, loss, optimizer = spec.dataset.code(), spec.loss.code(), spec.optimizer.code()
    model = spec.model.code(outline.input_shape, outline.outputs)
    initialization, scheduler = spec.initialization.code(), spec.scheduler.code()
    metrics: dict[str, Code] = {
        name: metric.code(outline.outputs) for name, metric in by_name(spec.metrics).items()
    }
    with_schedule = spec.scheduler.kind != "none"
    parts = [dataset, model, initialization, loss, optimizer, *metrics.values()] + [scheduler] * with_schedule
    blocks = [
        f'"""{_title(spec, name)}\n\nWritten by Freedive from the spec of a job{CHANGED if past else ""}.\n"""',
        "\n".join(_imports(parts)),
        *_once(definition for part in parts for definition in part.definitions),
        ORDER,
        *([CHANGE] if past else []),
        _evaluate(spec, metrics),
        _main(
            spec,
            dataset,
            model,
            initialization,
            loss,
            optimizer,
            scheduler if with_schedule else None,
            past,
            threads,
            scheduled,
        ),
        'if __name__ == "__main__":\n    main()',
    ]
    return "\n\n\n".join(block for block in blocks if block) + "\n"


def _title(spec: TrainSpec, name: str) -> str:
    plain = f"{spec.dataset.title['en']} with {spec.model.title['en']}"
    return (name.replace("\\", "").replace('"', "'").replace("\n", " ") or plain).rstrip(".") + "."


def _once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for item in items if item))


def _imports(parts: list[Code]) -> list[str]:
    """All imports, each name once: the future first, then `import x`, then `from x import …` merged by module."""
    plain, members = {"import torch"}, dict[str, set[str]]()
    for statement in (s for part in parts for s in part.imports):
        for node in ast.parse(statement).body:
            if isinstance(node, ast.ImportFrom):
                members.setdefault(node.module or "", set()).update(ast.unparse(a) for a in node.names)
            else:
                plain.add(ast.unparse(node))
    members.setdefault("torch", set()).add("nn")
    # Definitions are quoted as they stand in the catalog; their annotations must not be evaluated.
    future = ["from __future__ import annotations", ""]
    return [*future, *sorted(plain)] + [
        f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(members.items())
    ]


def _evaluate(spec: TrainSpec, metrics: dict[str, Code]) -> str:
    lines = [
        "@torch.no_grad()",
        "def evaluate(model, criterion, inputs, targets):",
        '    """Mean loss and metrics of a whole split, in eval mode."""',
        "    metrics = {",
        *(f"        {kind!r}: {code.expression}," for kind, code in metrics.items()),
        "    }",
        "    total = 0.0",
        "    model.eval()",
        "    for x, y in zip(inputs.split(1024), targets.split(1024)):",
        "        outputs = model(x)",
        "        total += float(criterion(outputs, y)) * len(y)",
        *(
            [
                f"        answers = {READABLE[spec.dataset.task]}",
                "        for metric in metrics.values():",
                "            metric.update(answers, y)",
            ]
            if metrics
            else []
        ),
        "    model.train()",
        '    return {"loss": total / len(targets)} | {name: float(metric.compute()) for name, metric in metrics.items()}',
    ]
    return "\n".join(lines).replace("    metrics = {\n    }", "    metrics = {}")


def _main(
    spec: TrainSpec,
    dataset: Code,
    model: Code,
    initialization: Code,
    loss: Code,
    optimizer: Code,
    scheduler: Code | None,
    past: Sequence[tuple[int, Changes]],
    threads: int,
    scheduled: int | None,
) -> str:
    measured, expression = MEASURED[spec.dataset.task]
    stops, every = spec.early_stopping, spec.evaluate_every
    per = spec.scheduler.per
    batch_norm = "BatchNorm1d" in model.expression
    smallest = 2 if batch_norm and spec.batch_size > 1 else 1
    lines = [
        "def main():",
        f"    torch.set_num_threads({threads})  # as the job had; with others, sums end in other digits",
        f"    seed, epochs, batch_size = {spec.seed}, {spec.epochs}, {spec.batch_size}",
        *_chosen_device(spec),
        f"    train, validation, test = [(x.to(device), y.to(device)) for x, y in {dataset.expression}]",
        "    inputs_of_all, targets_of_all = train",
        "    size = len(targets_of_all)",
        *(
            [
                f"    steps_per_epoch = max(1, size // batch_size + (size % batch_size >= {smallest}))",
                f"    total_steps = {'epochs' if scheduled in (None, spec.epochs) else scheduled} * steps_per_epoch",
            ]
            if scheduler is not None
            else []
        ),
        "    torch.manual_seed(seed)",
        *_indented(f"model = {model.expression}"),
        *_indented(initialization.expression),
        "    model.to(device).train()",
        f"    criterion = {loss.expression}",
        f"    optimizer = {optimizer.expression}",
        *([f"    scheduler = {scheduler.expression}"] if scheduler is not None else []),
        *(
            ["    weights = [p for p in model.parameters() if p.ndim > 1]"]
            if spec.regularization.l1 or spec.regularization.l2
            else []
        ),
        *(['    best_loss, best, waited = float("inf"), None, 0'] if stops.enabled else []),
        *_changes(past),
        "    step = 0",
        "    for epoch in range(epochs):",
        "        order = epoch_order(size, seed, epoch).to(device)",
        *_batches(smallest, bool(past), scheduler is not None),
        "            inputs, targets = inputs_of_all[index], targets_of_all[index]",
        "            outputs = model(inputs)",
        "            loss = criterion(outputs, targets)",
        f"            objective = {_objective(spec)}",
        "            optimizer.zero_grad()",
        "            objective.backward()",
        *(
            [f"            nn.utils.clip_grad_norm_(model.parameters(), {spec.clipping.max_norm!r})"]
            if spec.clipping.enabled
            else []
        ),
        "            optimizer.step()",
        *(["            scheduler.step()"] if scheduler is not None and per == "step" else []),
        "            step += 1",
        f"            {measured} = {expression}",
        f'            print(f"step {{step}} loss {{loss.item():.9g}} {measured} {{{measured}.item():.6g}}")',
    ]
    deep = "            " if every else "        "
    if every:
        lines.append(f"            if step % {every}:")
        lines.append("                continue")
    lines += [
        f"{deep}report = evaluate(model, criterion, *validation)",
        f'{deep}print(f"step {{step}} validation {{report}}")',
    ]
    if scheduler is not None and per == "evaluation":
        lines.append(f'{deep}scheduler.step(report["loss"])')
    if stops.enabled:
        lines += [
            f'{deep}if report["loss"] < best_loss - {stops.min_delta!r}:',
            f'{deep}    best_loss, waited = report["loss"], 0',
            f"{deep}    best = {{name: t.clone() for name, t in model.state_dict().items()}}",
            f"{deep}else:",
            f"{deep}    waited += 1",
            f"{deep}    if waited >= {stops.patience}:",
            f"{deep}        break",
        ]
        if every:
            lines += [
                "        else:",
                *_epoch_end(scheduler, per, "            "),
                "            continue",
                "        break",
            ]
        else:
            lines += _epoch_end(scheduler, per, "        ")
        lines += ["    if best is not None:", "        model.load_state_dict(best)"]
    else:
        lines += _epoch_end(scheduler, per, "        ")
    lines += [
        '    for name, split in {"train": train, "validation": validation, "test": test}.items():',
        '        print(f"final {name} {evaluate(model, criterion, *split)}")',
    ]
    return "\n".join(lines)


def _changes(past: Sequence[tuple[int, Changes]]) -> list[str]:
    """What was changed after how many steps, as a table."""
    if not past:
        return []
    table: dict[int, dict[str, float]] = {}
    for step, changes in past:
        table[step] = {**table.get(step, {}), **changes.model_dump(exclude_none=True)}
    rows = (f"        {step}: {changes!r}," for step, changes in sorted(table.items()))
    return ["    changes = {  # after so many steps", *rows, "    }"]


def _batches(smallest: int, changed: bool, scheduled: bool) -> list[str]:
    """The loop over an epoch's batches; they are cut one by one where their size may change on the way."""
    if not changed:
        rest = "[: size // batch_size + (size % batch_size >= 2)]" if smallest == 2 else ""
        return [f"        for index in order.split(batch_size){rest}:"]
    return [
        "        offset = 0",
        f"        while offset == 0 or size - offset >= {'min(2, batch_size)' if smallest == 2 else 1}:",
        "            now = dict(changes.get(step, {}))",
        '            batch_size = now.pop("batch_size", batch_size)',
        f"            change(model, optimizer, {'scheduler' if scheduled else None}, **now)",
        "            index = order[offset : offset + batch_size]",
        "            offset += batch_size",
    ]


def _chosen_device(spec: TrainSpec) -> list[str]:
    if spec.device == "auto":
        return ['    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")']
    return [f"    device = torch.device({spec.device!r})"]


def _epoch_end(scheduler: Code | None, per: str, indent: str) -> list[str]:
    return [f"{indent}scheduler.step()"] if scheduler is not None and per == "epoch" else []


def _objective(spec: TrainSpec) -> str:
    terms = ["loss"]
    if spec.regularization.l1:
        terms.append(f"{spec.regularization.l1!r} * sum(w.abs().sum() for w in weights)")
    if spec.regularization.l2:
        terms.append(f"{spec.regularization.l2!r} / 2 * sum(w.square().sum() for w in weights)")
    return " + ".join(terms)


def _indented(text: str) -> list[str]:
    return [f"    {line}" if line.strip() else "" for line in text.splitlines()]
