"""What can be typed after `ragkit store`."""

from typing import Annotated

import typer

from ragkit.cli.options import (
    ConfigOption,
    JsonOption,
    StoreOption,
    WhereOption,
    file_command,
    flag,
    plain_command,
    run,
)

store_app = typer.Typer(help="Look after a store.", no_args_is_help=True)

plain_command(store_app, "store", "stats", says="Count what is in the store.")
plain_command(store_app, "store", "check", says="Compare the whole vector index with the catalog.")
plain_command(
    store_app,
    "store",
    "repair",
    says="Build the vector index anew from the catalog, and embed what an ingest did not come to.",
)
file_command(
    store_app,
    "store",
    "backup",
    says="Write the store to one file, also while documents are ingested.",
    file="The archive to write.",
)
file_command(
    store_app,
    "store",
    "restore",
    says="Make a store of a backup, in a folder without one.",
    file="An archive that `ragkit store backup` wrote.",
)


@store_app.command("reindex")
def store_reindex(
    embedder: Annotated[
        str | None,
        typer.Option("--embedder", help="The new model; that of the settings by default."),
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Build the vectors anew for another embedding model or size of chunks, while the old ones serve."""
    run("store", action="reindex", embedder=embedder, store=store, config=config, as_json=json)


@store_app.command("forget")
def store_forget(
    source: Annotated[str | None, typer.Option("--source", help="Everything of a source.")] = None,
    document: Annotated[str | None, typer.Option("--document", help="The uri of one document.")] = None,
    where: WhereOption = None,
    purge: Annotated[bool, flag("--purge", says="Leave no byte of it in the store's files.")] = False,
    yes: Annotated[bool, flag("--yes", says="Do not ask.")] = False,
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


plain_command(store_app, "store", "compact", says="Give back the room of what was deleted, and leave no byte of it.")
