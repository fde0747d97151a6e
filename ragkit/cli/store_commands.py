"""What can be typed after `ragkit store`."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli.options import ConfigOption, JsonOption, StoreOption, WhereOption, run

store_app = typer.Typer(help="Look after a store.", no_args_is_help=True)


@store_app.command("stats")
def store_stats(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Count what is in the store."""
    run("store", action="stats", store=store, config=config, as_json=json)


@store_app.command("check")
def store_check(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Compare the whole vector index with the catalog."""
    run("store", action="check", store=store, config=config, as_json=json)


@store_app.command("repair")
def store_repair(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Build the vector index anew from the catalog, and embed what an ingest did not come to."""
    run("store", action="repair", store=store, config=config, as_json=json)


@store_app.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="The archive to write.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write the store to one file, also while documents are ingested."""
    run("store", action="backup", file=file, store=store, config=config, as_json=json)


@store_app.command("restore")
def store_restore(
    file: Annotated[Path, typer.Argument(help="An archive that `ragkit store backup` wrote.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make a store of a backup, in a folder without one."""
    run("store", action="restore", file=file, store=store, config=config, as_json=json)


@store_app.command("reindex")
def store_reindex(
    embedder: Annotated[
        str | None,
        typer.Option("--embedder", help="The new model; that of the settings by default.", show_default=False),
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Build the vectors anew for another embedding model or size of chunks, while the old ones serve."""
    run("store", action="reindex", embedder=embedder, store=store, config=config, as_json=json)


@store_app.command("forget")
def store_forget(
    source: Annotated[str | None, typer.Option("--source", help="Everything of a source.", show_default=False)] = None,
    document: Annotated[
        str | None, typer.Option("--document", help="The uri of one document.", show_default=False)
    ] = None,
    where: WhereOption = None,
    purge: Annotated[bool, typer.Option("--purge", help="Leave no byte of it in the store's files.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Delete documents from the store: one, a source, or all that carry a person's id."""
    run(
        "store",
        action="forget",
        source=source,
        document=document,
        where=where or [],
        purge=purge,
        yes=yes,
        store=store,
        config=config,
        as_json=json,
    )


@store_app.command("compact")
def store_compact(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Give back the room of what was deleted, and leave no byte of it."""
    run("store", action="compact", store=store, config=config, as_json=json)
