"""What can be typed after `ragkit eval`."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.options import ConfigOption, JsonOption, StoreOption, run

eval_app = typer.Typer(help="Measure how good it is.", no_args_is_help=True)


# Without it typer would take the only command for the group.
@eval_app.callback()
def group() -> None:
    """Measure how good it is."""


@eval_app.command("retrieval")
def eval_retrieval(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A collection: corpus.jsonl, queries.jsonl, qrels/test.tsv.", show_default=False),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", help="Questions on your own store instead.", show_default=False)
    ] = None,
    split: Annotated[str, typer.Option("--split", help="Which file of qrels.")] = "test",
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="Keep the collection's store here for the next time.", show_default=False),
    ] = None,
    run_file: Annotated[
        Path | None, typer.Option("--run-file", help="Write the rankings as TREC runs.", show_default=False)
    ] = None,
    losers: Annotated[
        int, typer.Option("--losers", min=0, help="Show so many questions lost against each single retriever.")
    ] = 0,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report with plots.", show_default=False)] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how well the search finds documents that are known to answer."""
    run(
        "eval",
        action="retrieval",
        folder=folder,
        cases=cases,
        split=split,
        keep=keep,
        run_file=run_file,
        losers=losers,
        html=html,
        store=store,
        config=config,
        as_json=json,
    )
