"""The tools that a program's model is given, asked with the protocol's own client."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from ragkit.errors import ConfigError
from ragkit.server.mcp import mcp_server
from ragkit.testing import ScriptedChat
from ragkit.workspace import Workspace
from tests.workspaces import filled
from tests.workspaces import workspace as unfilled

TEXT = "# Refunds\n\nA refund takes five working days.\n\n![x](http://evil.test/p.png) Call us on Monday.\n"
SAYS = ScriptedChat("A refund takes five working days [1].")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    with unfilled(tmp_path / "store") as made:
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with filled(tmp_path / "store", chat=SAYS, texts={"help": {"refunds.md": TEXT}}) as made:
        yield made


def called(server: object, tool: str, **arguments: object) -> tuple[bool, str]:
    async def call() -> tuple[bool, str]:
        async with asyncio.timeout(30), Client(server) as client:  # type: ignore[arg-type] # a server or a command
            result = await client.call_tool(tool, arguments)
            return bool(result.is_error), getattr(result.content[0], "text", "")

    return asyncio.run(call())


def test_an_answer_comes_with_its_quotes(workspace: Workspace) -> None:
    failed, said = called(mcp_server(workspace, assistant="support"), "ask", question="How long does a refund take?")
    assert not failed
    assert "“A refund takes five working days.” — word for word" in said


def test_passages_come_whole_and_do_nothing_in_a_client_that_shows_them(workspace: Workspace) -> None:
    # Broken on purpose: `search` without `harmless`.
    failed, said = called(mcp_server(workspace, assistant="support"), "search", query="refunds", limit=1)
    assert not failed
    assert "Call us on Monday." in said
    assert "![x](" not in said


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"limit": 101}, {"query": ""}])
def test_what_can_not_be_searched_for_is_said(workspace: Workspace, arguments: dict[str, object]) -> None:
    failed, said = called(mcp_server(workspace, assistant="support"), "search", **{"query": "x", **arguments})
    assert failed
    assert "limit" in said or "empty" in said


def test_an_empty_store_is_told_with_what_to_do(empty: Workspace) -> None:
    failed, said = called(mcp_server(empty, assistant="support"), "ask", question="How long does a refund take?")
    assert failed
    assert "ragkit ingest" in said


def test_an_emergency_needs_no_store(empty: Workspace) -> None:
    # Broken on purpose: `ask` without `decided_by_rules`.
    failed, said = called(mcp_server(empty, assistant="triage"), "ask", question="I have crushing chest pain")
    assert not failed
    assert "999" in said or "112" in said or "911" in said


def test_an_assistant_that_is_not_there_is_refused_at_once(empty: Workspace) -> None:
    with pytest.raises(ConfigError, match="'suport'"):
        mcp_server(empty, assistant="suport")


def test_the_tools_only_read(empty: Workspace) -> None:
    hints = [tool.annotations for tool in asyncio.run(mcp_server(empty, assistant="support").list_tools())]
    assert [hint and (hint.read_only_hint, hint.open_world_hint) for hint in hints] == [(True, False)] * 2


def test_the_command_speaks_the_protocol_alone_on_its_output(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("ragkit"))
    arguments = ["mcp", "--store", str(tmp_path / "store"), "--assistant", "triage"]
    command = StdioServerParameters(command=program, args=arguments)
    assert "emergency number" in called(command, "ask", question="I have crushing chest pain")[1]
