"""What can be typed. Each command's work is in a module of its own, imported when the command runs."""

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.cases_commands import cases_app
from ragkit.cli.console import abandon_output, out, print_error
from ragkit.cli.eval_commands import eval_app
from ragkit.cli.options import (
    AssistantOption,
    ConfigOption,
    DemoStoreOption,
    JsonOption,
    LimitOption,
    ModelOption,
    StoreOption,
    WhereOption,
    flag,
    number,
    run,
)
from ragkit.cli.records_commands import records_app, replay
from ragkit.cli.store_commands import store_app
from ragkit.errors import RagkitError
from ragkit.text.redaction import redact_logs
from ragkit.version import __version__

# What the commands of the help stand below, in the order in which they are needed.
_START, _DAILY, _MEASURE, _KEEP = "To begin", "Documents and questions", "How good it is", "What is kept"

# Done; done, but the failures that were listed remain (1); wrong use or configuration.
DONE, WRONG = 0, 2

app = typer.Typer(
    help="Ask your documents, on open models, with citations checked word for word.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(help="The models that can be used.", no_args_is_help=True)
app.add_typer(models_app, name="models", rich_help_panel=_START)
app.add_typer(cases_app, name="cases", rich_help_panel=_MEASURE)
app.add_typer(eval_app, name="eval", rich_help_panel=_MEASURE)
app.add_typer(store_app, name="store", rich_help_panel=_KEEP)
app.add_typer(records_app, name="records", rich_help_panel=_KEEP)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, flag("--version", says="Print the version.")] = False) -> None:
    """Ask your documents, on open models, with citations checked word for word."""
    if version:
        typer.echo(__version__)
        raise typer.Exit(DONE)


@app.command(rich_help_panel=_START)
def init(folder: Annotated[Path, typer.Argument(help="Where to write ragkit.toml.")] = Path()) -> None:
    """Write a ragkit.toml with every setting explained."""
    run("init", folder=folder)


@app.command(rich_help_panel=_START)
def demo(assistant: AssistantOption = None, store: DemoStoreOption = None, json: JsonOption = False) -> None:
    """Ingest sample documents, ask three questions and show the cited answers."""
    run("demo", assistant=assistant or "support", store=store, as_json=json)


@app.command(rich_help_panel=_DAILY)
def ingest(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, http addresses, or names of your sources; all of these if none is given."),
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    retry: Annotated[bool, flag("--retry", says="Try again what failed before.")] = False,
    json: JsonOption = False,
) -> None:
    """Bring documents into the store: new, changed and deleted ones."""
    run("ingest", targets=targets or [], store=store, config=config, retry=retry, as_json=json)


@app.command(rich_help_panel=_DAILY)
def search(
    query: Annotated[list[str], typer.Argument(help="What to look for.")],
    store: StoreOption = None,
    assistant: AssistantOption = None,
    limit: LimitOption = None,
    where: WhereOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the passages that match, with what made each score. No chat model is asked."""
    run(
        "search",
        query=" ".join(query),
        store=store,
        assistant=assistant,
        limit=limit,
        where=where or [],
        config=config,
        as_json=json,
    )


@app.command(rich_help_panel=_DAILY)
def ask(
    question: Annotated[list[str], typer.Argument(help="The question.")],
    store: StoreOption = None,
    assistant: AssistantOption = None,
    limit: LimitOption = None,
    where: WhereOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question from the documents, with citations."""
    run(
        "ask",
        question=" ".join(question),
        store=store,
        assistant=assistant,
        limit=limit,
        where=where or [],
        model=model,
        config=config,
        as_json=json,
    )


@app.command(rich_help_panel=_DAILY)
def chat(
    store: StoreOption = None,
    assistant: AssistantOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask one question after another, each with what was said before."""
    run("chat", store=store, assistant=assistant, model=model, config=config)


@app.command(rich_help_panel=_DAILY)
def ui(
    store: StoreOption = None,
    config: ConfigOption = None,
    port: Annotated[int, number("--port", 1, 65535, says="Where the pages are served.")] = 8501,
    host: Annotated[str, typer.Option("--host", help="Another address than 127.0.0.1 opens it to the network.")] = (
        "127.0.0.1"
    ),
    expose: Annotated[bool, flag("--expose", says="Yes, listen beyond this machine.")] = False,
) -> None:
    """Open the web pages."""
    run("ui", store=store, config=config, port=port, host=host, expose=expose)


@app.command(rich_help_panel=_DAILY)
def serve(
    store: StoreOption = None,
    config: ConfigOption = None,
    port: Annotated[int, number("--port", 1, 65535, says="Where it answers.")] = 8502,
    host: Annotated[str, typer.Option("--host", help="Another address than 127.0.0.1 needs keys.")] = "127.0.0.1",
    new_key: Annotated[
        str | None, typer.Option("--new-key", metavar="<name>", help="Only make a key, and print it.")
    ] = None,
    groups: Annotated[str, typer.Option("--groups", help="What the new key may read: a,b.")] = "",
    owner: Annotated[bool, flag("--owner", says="The new key may read everything.")] = False,
) -> None:
    """Answer over HTTP, in OpenAI's protocol and in ragkit's own."""
    run("serve", store=store, config=config, port=port, host=host, new_key=new_key, groups=groups, owner=owner)


@app.command(rich_help_panel=_DAILY)
def mcp(
    store: StoreOption = None,
    assistant: AssistantOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
) -> None:
    """Give the documents to another program's model as tools (MCP)."""
    run("mcp", store=store, assistant=assistant, model=model, config=config)


@app.command(rich_help_panel=_START)
def doctor(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Check settings, models and store; every fault comes with its fix."""
    run("doctor", store=store, config=config, as_json=json)


@app.command(rich_help_panel=_START)
def sources(config: ConfigOption = None, store: StoreOption = None, json: JsonOption = False) -> None:
    """List your sources and the connectors that are installed."""
    run("sources", config=config, store=store, as_json=json)


@app.command(rich_help_panel=_MEASURE)
def tune(
    cases: Annotated[Path, typer.Option("--cases", help="Your questions, with the documents that answer them.")],
    store: StoreOption = None,
    chunking: Annotated[bool, flag("--chunking", says="Try sizes of chunks too; embeds it all anew.")] = False,
    folds: Annotated[int, number("--folds", 2, 20, says="Parts of the cross-validation.")] = 5,
    refused: Annotated[
        float, number("--refused", 0, 50, says="Most answerable questions refused, in percent.", kind=float)
    ] = 5,
    write: Annotated[bool, flag("--write", says="Write what is better into the settings file.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find the settings that fit your documents, on your own questions."""
    run(
        "tune",
        cases=cases,
        chunking=chunking,
        folds=folds,
        refused=refused,
        write=write,
        store=store,
        config=config,
        as_json=json,
    )


app.command(rich_help_panel=_KEEP)(replay)


@models_app.command("list")
def models_list(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the chat and embedding models that are there."""
    run("models", action="list_models", config=config, as_json=json)


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A model of Ollama's library.")], config: ConfigOption = None
) -> None:
    """Have Ollama download a model."""
    run("models", action="pull", name=name, config=config)


def execute(args: Sequence[str] | None = None) -> None:
    """Do what was typed and exit; an error of ragkit's is one line on standard error."""
    # Nobody hears a program that was started with its output closed.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal does not know must not end the program.
            stream.reconfigure(errors="backslashreplace")
    redact_logs()
    try:
        app(args=args, prog_name="ragkit")
    except SystemExit as left:
        # What writes the help leaves with 1 when nobody reads it.
        if isinstance(left.__context__, BrokenPipeError):
            out.on_broken_pipe()
        raise
    except RagkitError as error:
        print_error(str(error))
    except OSError as error:
        _tell(error)
    sys.exit(WRONG)


def _tell(error: OSError) -> None:
    """Say what the system refused. An error without a file is none of the user's, and raised again."""
    if error.errno == errno.ENOSPC and error.filename is None:
        abandon_output()
        print_error("there is no space left where the output goes. Free some, or write it elsewhere.")
    elif error.filename is None:
        raise error
    else:
        name = str(error.filename)
        print_error(f"{name!r} can't be used: {error.strerror}. Check that you may read and write it.")
