"""What can be typed. Each command's work is in a module of its own, imported when the command runs."""

import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ragkit import __version__
from ragkit.cli.console import print_error
from ragkit.errors import RagkitError

# Done; done, but the failures that were listed remain; wrong use or configuration.
DONE, FAILURES, WRONG = 0, 1, 2

app = typer.Typer(
    help="Ask your documents, on open models, with citations checked word for word.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(help="The models that can be used.", no_args_is_help=True)
store_app = typer.Typer(help="Look after a store.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(store_app, name="store")

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default=False)]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file; ragkit.toml by default.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON; docs/json.md describes it.")]
AssistantOption = Annotated[
    str | None, typer.Option("--assistant", help="legal, support, triage or a .toml of yours.", show_default=False)
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, max=100, help="Most passages.", show_default=False)]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", help="key=value; several must all hold.", show_default=False)
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="auto, extractive, ollama:NAME or llamacpp:PATH.", show_default=False),
]


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Ask your documents, on open models, with citations checked word for word."""
    if version:
        typer.echo(__version__)
        raise typer.Exit(DONE)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Where to write ragkit.toml.")] = Path()) -> None:
    """Write a ragkit.toml with every setting explained."""
    _run("init", folder=folder)


@app.command()
def demo(assistant: AssistantOption = None, store: StoreOption = None, json: JsonOption = False) -> None:
    """Ingest sample documents, ask three questions and show the cited answers."""
    _run("demo", assistant=assistant or "support", store=store, as_json=json)


@app.command()
def ingest(
    targets: Annotated[list[str], typer.Argument(help="Files, folders, http addresses, or names of your sources.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try again what failed before.")] = False,
    json: JsonOption = False,
) -> None:
    """Bring documents into the store: new, changed and deleted ones."""
    _run("ingest", targets=targets, store=store, config=config, retry=retry, as_json=json)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    store: StoreOption = None,
    assistant: AssistantOption = None,
    limit: LimitOption = None,
    where: WhereOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the passages that match, with what made each score. No chat model is asked."""
    _run(
        "search",
        query=query,
        store=store,
        assistant=assistant,
        limit=limit,
        where=where or [],
        config=config,
        as_json=json,
    )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    store: StoreOption = None,
    assistant: AssistantOption = None,
    limit: LimitOption = None,
    where: WhereOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question from the documents, with citations."""
    _run(
        "ask",
        question=question,
        store=store,
        assistant=assistant,
        limit=limit,
        where=where or [],
        model=model,
        config=config,
        as_json=json,
    )


@app.command()
def chat(
    store: StoreOption = None,
    assistant: AssistantOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask one question after another; an empty line ends it."""
    _run("chat", store=store, assistant=assistant, model=model, config=config)


@app.command()
def ui(
    store: StoreOption = None,
    config: ConfigOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option("--host", help="Another address than 127.0.0.1 opens it to the network.")] = (
        "127.0.0.1"
    ),
    expose: Annotated[bool, typer.Option("--expose", help="Yes, listen beyond this machine.")] = False,
) -> None:
    """Open the web pages."""
    _run("ui", store=store, config=config, port=port, host=host, expose=expose)


@app.command()
def doctor(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Check settings, models and store; every fault comes with its fix."""
    _run("doctor", store=store, config=config, as_json=json)


@app.command()
def sources(config: ConfigOption = None, store: StoreOption = None, json: JsonOption = False) -> None:
    """List your sources and the connectors that are installed."""
    _run("sources", config=config, store=store, as_json=json)


@models_app.command("list")
def models_list(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the chat and embedding models that are there."""
    _run("models", action="list_models", config=config, as_json=json)


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A model of Ollama's library.")], config: ConfigOption = None
) -> None:
    """Have Ollama download a model."""
    _run("models", action="pull", name=name, config=config)


@store_app.command("stats")
def store_stats(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Count what is in the store."""
    _run("store", action="stats", store=store, config=config, as_json=json)


@store_app.command("check")
def store_check(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Compare the whole vector index with the catalog."""
    _run("store", action="check", store=store, config=config, as_json=json)


@store_app.command("repair")
def store_repair(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Build the vector index anew from the catalog, without parsing or embedding."""
    _run("store", action="repair", store=store, config=config, as_json=json)


@store_app.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="The archive to write.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write the store to one file, also while documents are ingested."""
    _run("store", action="backup", file=file, store=store, config=config, as_json=json)


@store_app.command("restore")
def store_restore(
    file: Annotated[Path, typer.Argument(help="An archive that `ragkit store backup` wrote.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make a store of a backup, in a folder without one."""
    _run("store", action="restore", file=file, store=store, config=config, as_json=json)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit; an error of ragkit's is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal does not know must not end the program.
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=args, prog_name="ragkit")
    except RagkitError as error:
        print_error(str(error))
    except OSError as error:
        if error.filename is None:
            raise
        print_error(f"{str(error.filename)!r} can't be used: {error.strerror}. Check that you may read and write it.")
    sys.exit(WRONG)


def _run(command: str, *, action: str = "run", **options: object) -> None:
    """Import the command's module, do its work, and leave with the code it returns."""
    module = importlib.import_module(f"ragkit.cli.{command}")
    raise typer.Exit(getattr(module, action)(**options))
