"""The page Documents over a store that can't be opened or written."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from ragkit.config import Config, StoreConfig
from ragkit.documents import Viewer
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.catalog.records import Summary
from ragkit.testing import WordEmbeddings
from ragkit.workspace import Workspace
from tests.apps.screens import HELP, documents_page, filled_workspace, labels, press, written

REFUNDS = ("refunds.md", b"# Refunds\n\nA refund takes five working days.", "text/markdown")


def upload(page: AppTest) -> AppTest:
    page.file_uploader[0].set_value([REFUNDS])
    return press(page, "Add documents")


def test_nothing_is_uploaded_to_a_store_of_another_embedder(folder: Path) -> None:
    filled_workspace(folder, texts=HELP).close()
    config = Config(store=StoreConfig(path=folder))
    with Workspace(config, embedding=WordEmbeddings(name="other"), chat="extractive") as workspace:

        def script(workspace: "Workspace") -> None:
            from ragkit_apps import documents, notices  # noqa: PLC0415 - this body is run as a script of its own

            with notices.shown():
                documents.show(workspace)

        page = AppTest.from_function(script, args=(workspace,), default_timeout=60).run()
    # Broken on purpose: the store opened below the forms. They took files then, and the reason stood there twice.
    assert written(page).count("This store was built with other settings") == 1
    assert not page.file_uploader


def test_a_folder_that_can_not_be_written_is_named(folder: Path) -> None:
    workspace = filled_workspace(folder, texts=HELP)
    (folder / "uploads").write_text("no folder")
    page = upload(documents_page(workspace))
    # Broken on purpose: without `refused` in sources.py it is "Something failed inside ragkit".
    assert "can&#x27;t be a folder" in written(page)
    assert "What is indexed" in written(page)


def test_an_upload_that_came_while_others_wrote_is_read_by_a_press(folder: Path) -> None:
    workspace = filled_workspace(folder, texts=HELP)
    with WriterLock(folder).held():
        page = upload(documents_page(workspace))
    assert "The store is being written" in written(page)
    assert "The uploaded files are kept." in written(page)
    # Broken on purpose: `_last_report` not putting the report back. The button is gone before it is heard.
    assert "1 added" in written(press(page, "Read again"))
    assert "Read again" not in labels(page)


def test_a_document_that_can_not_be_deleted_now_can_be_left(folder: Path) -> None:
    workspace = filled_workspace(folder, texts=HELP)
    [row, *_] = workspace.store.documents(viewer=Viewer.local())

    def script(workspace: "Workspace", row: "Summary") -> None:
        from ragkit_apps import deletion  # noqa: PLC0415 - this body is run as a script of its own

        deletion.confirm(workspace, row)

    page = AppTest.from_function(script, args=(workspace, row)).run()
    with WriterLock(folder).held():
        page.button(key="confirm-delete").click().run()
    assert "The store is being written" in written(page)
    # Broken on purpose: each button drawn and heard in turn leaves out the second one when the first fails.
    assert labels(page) == ["Delete", "Cancel"]
