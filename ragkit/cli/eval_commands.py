"""What can be typed after `ragkit eval`."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.options import AssistantOption, ConfigOption, JsonOption, ModelOption, StoreOption, number, run

eval_app = typer.Typer(help="Measure how good search and answers are.", no_args_is_help=True)


@eval_app.command("retrieval")
def eval_retrieval(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A collection: corpus.jsonl, queries.jsonl, qrels/test.tsv."),
    ] = None,
    cases: Annotated[Path | None, typer.Option("--cases", help="Questions on your own store instead.")] = None,
    split: Annotated[str, typer.Option("--split", help="Which file of qrels.")] = "test",
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="Keep the collection's store here for the next time."),
    ] = None,
    run_file: Annotated[Path | None, typer.Option("--run-file", help="Write the rankings as TREC runs.")] = None,
    losers: Annotated[
        int, number("--losers", 0, says="Show so many questions lost against each single retriever.")
    ] = 0,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report with plots.")] = None,
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


@eval_app.command("answers")
def eval_answers(
    cases: Annotated[Path, typer.Option("--cases", help="Questions, and what a right answer says.")],
    assistant: AssistantOption = None,
    model: ModelOption = None,
    judge: Annotated[str | None, typer.Option("--judge", help="A chat model that judges every answer, too.")] = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", help="Another model to be compared with, as extractive."),
    ] = None,
    sample: Annotated[int | None, number("--sample", 1, says="Ask so many cases, by chance.")] = None,
    failing: Annotated[int, number("--failing", 0, says="Show so many cases that are not right.")] = 10,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option("--fail-under", help="measure=value; exit code 1 if it is less."),
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how well an assistant answers, and how well it says that it can't."""
    run(
        "eval_answers",
        cases=cases,
        assistant=assistant,
        model=model,
        judge=judge,
        compare=compare,
        sample=sample,
        failing=failing,
        html=html,
        fail_under=fail_under or [],
        store=store,
        config=config,
        as_json=json,
    )
