"""S8: a key or a password that a setting, an address or an argument holds is in no error of the command line."""

from pathlib import Path

import pytest

from tests.cli.running import Run

pytestmark = pytest.mark.timeout(60)

PASSWORD = "hunter2hunter2"
KEY = "sk-proj-Q7w8E9r0T1y2U3i4O5p6A7s8"
TOKEN = "ghp_0123456789abcdefABCDEF0123456789abcd"
WITH_PASSWORD = f"http://ann:{PASSWORD}@127.0.0.1:9"
SECRETS = (PASSWORD, KEY, TOKEN)

COMMANDS = [
    ["ask", "Refund?", "--model", f"openai:{KEY}"],
    ["ask", "Refund?", "--model", KEY],
    ["ask", "Refund?", "--assistant", TOKEN],
    ["ingest", WITH_PASSWORD],
    ["ingest", WITH_PASSWORD, "--json"],
    ["ingest", f"ftp://ann:{PASSWORD}@127.0.0.1:9"],
    ["ingest", f"no/such/{TOKEN}", "--json"],
    ["search", "refund", "--where", f"password={PASSWORD}="],
    ["store", "stats", "--store", f"Bearer {KEY}"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_secret_of_an_argument_is_told(run: Run, command: list[str]) -> None:
    # Broken on purpose: `flat` instead of `told` in print_error; `_SECRETS` empty.
    ran = run(*command)
    assert [secret for secret in SECRETS if secret in ran.out + ran.err] == []


SETTINGS = [
    ("RAGKIT_MODELS__URL", WITH_PASSWORD),
    ("RAGKIT_MODELS__OPENAI_URL", f"http://ann:{PASSWORD}@127.0.0.1:nine"),
    ("RAGKIT_STORE__CHROMA", f"{WITH_PASSWORD}/path"),
    ("RAGKIT_MODELS__CHAT", KEY),
    ("RAGKIT_MODELS__NUM_CTX", TOKEN),
    ("RAGKIT_MODELS__OPENAI_KEY", KEY),
]


@pytest.mark.parametrize(
    "command",
    [["doctor"], ["models", "list", "--json"], ["ask", "x"], ["store", "repair"]],
    ids=" ".join,
)
@pytest.mark.parametrize(("variable", "value"), SETTINGS, ids=[variable for variable, _ in SETTINGS])
def test_no_secret_of_a_setting_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str], variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    if variable.endswith("OPENAI_URL"):
        monkeypatch.setenv("RAGKIT_MODELS__CHAT", "openai:m")
    ran = run(*command)
    assert [secret for secret in SECRETS if secret in ran.out + ran.err] == []


def test_a_source_with_a_password_fails_without_telling_it(run: Run, here: Path) -> None:
    with (here / "ragkit.toml").open("a", encoding="utf-8") as file:
        file.write(f'[sources.s]\nconnector = "web"\nurl = "{WITH_PASSWORD}"\n')
    for command in (["ingest", "s"], ["ingest", "s", "--json"], ["sources"], ["sources", "--json"], ["doctor"]):
        ran = run(*command)
        assert [secret for secret in SECRETS if secret in ran.out + ran.err] == []


def test_what_is_no_secret_is_told_as_it_is(run: Run) -> None:
    assert "'ann@example.org/10.0.0.1' does not exist" in run("ingest", "ann@example.org/10.0.0.1").error
