"""What can be typed after `ragkit cases`."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.options import AssistantOption, ConfigOption, StoreOption, flag, run

cases_app = typer.Typer(help="The questions by which a store is measured.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="The file of cases; it is made if there is none.")]
QuestionOption = Annotated[str, typer.Option(help="What is asked.")]
MustSayOption = Annotated[list[str] | None, typer.Option(help="What a right answer says; a | parts wordings.")]
MustNotSayOption = Annotated[list[str] | None, typer.Option(help="What it must not say.")]
DocumentOption = Annotated[list[str] | None, typer.Option(help="The uri of a document that answers.")]
NotAnswerableOption = Annotated[bool, flag("--not-answerable", says="The documents do not say.")]
RefusalOption = Annotated[str | None, typer.Option(help="The kind of refusal that is right.")]
RecordsOption = Annotated[
    Path | None,
    typer.Option("--from-records", help="Take the rated answers of `ragkit records export`."),
]
RecordOption = Annotated[str, typer.Option("--record", help="Take the question of a record: its id, or last.")]
NameOption = Annotated[str, typer.Option("--id", help="A name for it; else its line's number.")]


# Without it typer would take the only command for the group.
@cases_app.callback()
def group() -> None:
    """The questions by which a store is measured."""


@cases_app.command("add")
def cases_add(
    context: typer.Context,
    file: FileArgument,
    question: QuestionOption = "",
    must_say: MustSayOption = None,
    must_not_say: MustNotSayOption = None,
    document: DocumentOption = None,
    not_answerable: NotAnswerableOption = False,
    refusal: RefusalOption = None,
    assistant: AssistantOption = None,
    records: RecordsOption = None,
    record: RecordOption = "",
    name: NameOption = "",
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Add a question, with what a right answer says, to a file of cases."""
    if records:
        run("cases", action="add_rated", file=file, records=records, beside=_beside_records(context))
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
        record=record,
        store=store,
        config=config,
    )


def _beside_records(context: typer.Context) -> list[str]:
    """Return the options that were given and say nothing where rated answers are taken."""
    given = {name for name, value in context.params.items() if value} - {"file", "records"}
    return [option.opts[0] for option in context.command.params if option.name in given]
