"""What can be typed after `ragkit cases`."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.options import AssistantOption, run

cases_app = typer.Typer(help="The questions by which a store is measured.", no_args_is_help=True)


# Without it typer would take the only command for the group.
@cases_app.callback()
def group() -> None:
    """The questions by which a store is measured."""


@cases_app.command("add")
def cases_add(
    file: Annotated[Path, typer.Argument(help="The file of cases; it is made if there is none.")],
    question: Annotated[str, typer.Option("--question", help="What is asked.", show_default=False)] = "",
    must_say: Annotated[
        list[str] | None,
        typer.Option("--must-say", help="What a right answer says; a | parts wordings.", show_default=False),
    ] = None,
    must_not_say: Annotated[
        list[str] | None, typer.Option("--must-not-say", help="What it must not say.", show_default=False)
    ] = None,
    document: Annotated[
        list[str] | None, typer.Option("--document", help="The uri of a document that answers.", show_default=False)
    ] = None,
    not_answerable: Annotated[bool, typer.Option("--not-answerable", help="The documents do not say.")] = False,
    refusal: Annotated[
        str | None, typer.Option("--refusal", help="The kind of refusal that is right.", show_default=False)
    ] = None,
    assistant: AssistantOption = None,
    records: Annotated[
        Path | None,
        typer.Option("--from-records", help="Take the rated answers of `ragkit records export`.", show_default=False),
    ] = None,
    name: Annotated[str, typer.Option("--id", help="A name for it; else its line's number.", show_default=False)] = "",
) -> None:
    """Add a question, with what a right answer says, to a file of cases."""
    told = {
        "--question": question,
        "--must-say": must_say,
        "--must-not-say": must_not_say,
        "--document": document,
        "--not-answerable": not_answerable,
        "--refusal": refusal,
        "--assistant": assistant,
        "--id": name,
    }
    if records:
        beside = [option for option, value in told.items() if value]
        run("cases", action="add_rated", file=file, records=records, beside=beside)
    run(
        "cases",
        action="add",
        file=file,
        question=question,
        must_say=must_say or [],
        must_not_say=must_not_say or [],
        documents=document or [],
        answerable=not not_answerable,
        refusal=refusal,
        assistant=assistant,
        name=name,
    )
