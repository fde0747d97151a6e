"""`ragkit models`: what can answer and embed, what is worth having, and how to get more."""

from pathlib import Path

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ragkit import wiring
from ragkit.cli.console import err, out, print_json, print_wrapped, told
from ragkit.config_file import load_config
from ragkit.errors import ModelError
from ragkit.models.embedding.catalogue import Recommended, prefixes, recommended

_HEAD = f"{'RECOMMENDED FOR EMBEDDING':<29}{'dims':>5}{'window':>7}{'MB':>5}  {'langs':<7}"
_HEAD += f"{'BEIR':>6}{'MIRACL':>7}{'MMTEB':>6}"
# Figures: docs/benchmarks.md, "Whole numbers" and "Memory and start".
_BUILT_IN = {
    "extractive": "quotes the documents, no language model",
    "minilm": "documents in float32, questions in int8",
    "minilm-int8": "all in int8: documents 1.45 to 3 times as fast, in 90 MB",
}
_LEGEND = """\
BEIR (English), MIRACL and MMTEB (many languages): published retrieval scores, not measured here.
Behind the licence: what prefix and pooling were held against, if they were.
To change a store's model, write one of these as embedding in [models] of ragkit.toml, then run:
ragkit store reindex"""


def list_models(*, config: Path | None, as_json: bool) -> int:
    """Print the models of the Ollama server, those that need no server, and those recommended for embedding."""
    server = wiring.ollama_server(load_config(config))
    try:
        served = server.models()
        fault = ""
    except ModelError as error:
        served, fault = [], told(str(error))
    rows: list[dict[str, str | int]] = [
        {"model": f"ollama:{model.name}", "bytes": model.size, "note": ""} for model in served
    ]
    rows += [{"model": name, "bytes": 0, "note": note} for name, note in _BUILT_IN.items()]
    if as_json:
        known = [_as_json(model) for model in recommended()]
        print_json({"models": rows, "ollama": server.url, "error": fault or None, "recommended": known})
        return 0
    table = Table("model", "size", "")
    for row in rows:
        size = f"{float(row['bytes']) / 1e9:.1f} GB" if row["bytes"] else "built in"
        table.add_row(str(row["model"]), size, str(row["note"]))
    out.print(table)
    _print_recommended()
    if fault:
        err.print(Text(f"No model of Ollama is listed: {fault}", style="yellow"))
    return 0


def pull(*, name: str, config: Path | None) -> int:
    """Have the Ollama server download a model, with a bar."""
    server = wiring.ollama_server(load_config(config))
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        for step in server.pull(name):
            progress.update(task, description=step.status[:40], completed=step.completed, total=step.total or None)
    out.print(f"{name} is ready. Use it with: --model ollama:{name}")
    return 0


def _as_json(model: Recommended) -> dict[str, object]:
    query, document = prefixes(model.name)
    return {**model.model_dump(), "query_prefix": query, "document_prefix": document}


def _print_recommended() -> None:
    """Print for each model its figures, and below what to write for it: side by side they are wider than a terminal."""
    out.print(f"\n{_HEAD}")
    for model in recommended():
        figures = f"{model.name:<29}{model.dimension:>5}{model.window:>7}{model.megabytes:>5}  {model.languages:<7}"
        scores = f"{model.score('beir'):>6}{model.score('miracl'):>7}{model.score('mmteb'):>6}"
        out.print(f"{figures}{scores}")
        print_wrapped(Text(f"{model.licence}; {model.checked}; {' | '.join(model.settings)}"), indent=2)
    out.print()
    print_wrapped(Text(_LEGEND))
