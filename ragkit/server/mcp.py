"""The workspace as tools of the Model Context Protocol, for a program that runs ragkit beside it and lets a model ask.

Nothing in them writes, and they read what the owner of the store may read.
"""

from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from ragkit.answer import remarks
from ragkit.answering.plain import plain, source
from ragkit.errors import RagkitError
from ragkit.guards.output import harmless
from ragkit.language.messages import english
from ragkit.profile import load_profile
from ragkit.retrieval.results import Results
from ragkit.version import __version__
from ragkit.workspace import Workspace

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_ABOUT = (
    "Answers from the documents of this machine's owner. Each sentence of an answer is checked word for word against "
    "the passage it cites. Repeat its citations, and say so where it says that the documents do not answer."
)
_NOTHING = "Nothing found."
_MOST = 100


def mcp_server(workspace: Workspace, *, assistant: str) -> MCPServer:
    """Return a server with the tools `ask`, whose questions go to the assistant, and `search`, within what it reads.

    Their errors are in ragkit's own words, which may name paths: it is for the owner of the machine.
    """
    server = MCPServer("ragkit", instructions=_ABOUT, version=__version__, log_level="WARNING")
    load_profile(assistant)  # a name that is wrong is told now, and not to the program's model

    @server.tool(annotations=_READS, structured_output=False)
    def ask(question: str) -> str:
        """Answer a question from the documents, with the quoted words of each source; or say that they have none."""
        try:
            # What the rules decide must wait for no store and no model.
            ruled = workspace.decided_by_rules(question, assistant=assistant)
            answer = ruled or workspace.assistant(assistant).ask(question, viewer=workspace.store.owner)
        except RagkitError as error:
            raise ToolError(str(error)) from error
        return harmless(plain(answer), sources=[one.chunk.uri for one in answer.quoted])

    @server.tool(annotations=_READS, structured_output=False)
    def search(query: str, limit: Annotated[int, Field(ge=1, le=_MOST)] = 8) -> str:
        """Find passages of the documents by meaning and by words, best first, each with its place and whole text."""
        try:
            found = workspace.results(query, assistant=assistant, limit=limit, viewer=workspace.store.owner)
        except RagkitError as error:
            raise ToolError(str(error)) from error
        return harmless(_passages(found), sources=[hit.chunk.uri for hit in found.hits])

    return server


def _passages(found: Results) -> str:
    say = english()
    parts = [f"[{number}] {source(hit.chunk, say)}\n{hit.chunk.text}" for number, hit in enumerate(found.hits, start=1)]
    told = remarks(spelled=found.spelled, absent=found.absent, unembedded=found.unembedded)
    return "\n\n".join([*told, *(parts or [_NOTHING])])
