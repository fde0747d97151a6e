"""`ragkit models`: what can answer and embed, and how to get more."""

from pathlib import Path

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ragkit import build
from ragkit.cli.console import err, flat, out, print_json
from ragkit.config import load_config
from ragkit.errors import ModelError


def list_models(*, config: Path | None, as_json: bool) -> int:
    """Print the models of the Ollama server, and those that need no server."""
    settings = load_config(config)
    try:
        served = build.ollama_server(settings).models()
        fault = ""
    except ModelError as error:
        served, fault = [], str(error)
    rows: list[dict[str, str | int]] = [{"model": f"ollama:{model.name}", "bytes": model.size} for model in served]
    rows += [{"model": "extractive", "bytes": 0}, {"model": "minilm", "bytes": 0}]
    if as_json:
        print_json({"models": rows, "ollama": settings.models.url, "error": fault or None})
        return 0
    table = Table("model", "size")
    for row in rows:
        table.add_row(str(row["model"]), f"{float(row['bytes']) / 1e9:.1f} GB" if row["bytes"] else "built in")
    out.print(table)
    if fault:
        err.print(Text(flat(fault), style="yellow"))
    return 0


def pull(*, name: str, config: Path | None) -> int:
    """Have the Ollama server download a model, with a bar."""
    server = build.ollama_server(load_config(config))
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        for step in server.pull(name):
            progress.update(task, description=step.status[:40], completed=step.completed, total=step.total or None)
    out.print(f"{name} is ready. Use it with: --model ollama:{name}")
    return 0
