"""What can be typed after `ragkit records`, and `ragkit replay`."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.options import ConfigOption, JsonOption, ModelOption, StoreOption, file_command, flag, number, run

records_app = typer.Typer(help="The answers on record.", no_args_is_help=True)
RecordArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id, or: last")]


@records_app.command("list")
def records_list(
    limit: Annotated[int, number("--limit", 1, says="Most records.")] = 20,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the records, the newest first."""
    run("records", action="list_records", limit=limit, store=store, config=config, as_json=json)


@records_app.command("show")
def records_show(
    record: RecordArgument, store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Show one record: question, passages, verdicts, model, prompt."""
    run("records", action="show", record=record, store=store, config=config, as_json=json)


@records_app.command("rate")
def records_rate(
    record: RecordArgument,
    good: Annotated[bool | None, flag("--good/--bad", says="What the answer was.")] = None,
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Add to a record whether the answer was good."""
    if good is None:
        raise typer.BadParameter("say what the answer was. Add: --good or --bad")
    run("records", action="rate_record", record=record, good=good, note=note, store=store, config=config, as_json=json)


@records_app.command("gaps")
def records_gaps(
    limit: Annotated[int, number("--limit", 1, says="Most groups of questions.")] = 20,
    days: Annotated[int | None, number("--days", 1, 36_500, says="Only of the last so many days.")] = None,
    only_open: Annotated[bool, flag("--open", says="Leave out what the documents answer today.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write them to a file for a spreadsheet, too.")] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what people asked and got no good answer to, most often first."""
    run(
        "gaps",
        limit=limit,
        days=days,
        only_open=only_open,
        csv_file=csv,
        store=store,
        config=config,
        as_json=json,
    )


@records_app.command("check")
def records_check(
    head: Annotated[str, typer.Option("--head", help="A head that was noted before: it must still be there.")] = "",
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find out whether any record was edited or removed."""
    run("records", action="check", head=head, store=store, config=config, as_json=json)


file_command(
    records_app,
    "records",
    "export",
    says="Write all records to a file.",
    file="The file to write, one JSON object a line.",
)


def replay(
    record: RecordArgument,
    model: ModelOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Ask the question of a record again and show what has changed."""
    run("replay", record=record, model=model, store=store, config=config, as_json=json)
