"""Connectors are found by their entry points, imported when used, and a broken one breaks nothing but itself."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ragkit.connector import Connector, connector_factory, installed_connectors
from ragkit.errors import ConfigError, UnknownConnector
from ragkit_connectors.files import FilesConnector
from ragkit_connectors.web import WebConnector

README = Path(__file__).parents[1] / "connectors" / "README.md"


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site_packages: Path, package: str, *, connector: str, target: str, code: str = "") -> None:
    """Lay out what pip would: a module, and the metadata with its entry point."""
    (site_packages / f"{target.partition(':')[0]}.py").write_text(code)
    metadata = site_packages / f"{package}-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[ragkit.connectors]\n{connector} = {target}\n")


def block(language: str, number: int) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)[number])


def run(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(path), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(
        [sys.executable, *arguments], cwd=path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_ours_are_found_and_made_by_name(tmp_path: Path) -> None:
    assert {"files", "web"} <= set(installed_connectors())
    assert connector_factory("files") is FilesConnector
    assert connector_factory("web") is WebConnector
    assert isinstance(connector_factory("files")(path=tmp_path), Connector)
    assert isinstance(connector_factory("web")(url="https://example.org/"), Connector)


# Broken on purpose: with `point.load()` in installed_connectors the modules are there.
def test_finding_imports_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, ragkit.connector as c; names = c.installed_connectors(); "
        "print(*names, *(m for m in sys.modules if m.split('.')[0] in ('ragkit_connectors', 'httpx')))"
    )
    assert run("-c", code, path=tmp_path).stdout.split() == list(installed_connectors())


@pytest.mark.parametrize(("name", "near"), [("file", "files"), ("wbe", "web"), ("Files", "files")])
def test_an_unknown_name_gives_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UnknownConnector, match=f"Did you mean '{near}'") as caught:
        connector_factory(name)
    assert (caught.value.name, near in caught.value.installed) == (name, True)


def test_an_unknown_name_that_is_near_nothing_gives_all() -> None:
    with pytest.raises(UnknownConnector, match=r"Installed: .*files.*web") as caught:
        connector_factory("zzzzzz")
    assert "Did you mean" not in str(caught.value)


# Broken on purpose: with every point loaded in installed_connectors, the broken one takes the others along.
def test_a_broken_plug_in_breaks_only_itself(site_packages: Path) -> None:
    install(site_packages, "broken", connector="wiki", target="broken_wiki:Wiki", code="import not_there_at_all")
    assert {"files", "web", "wiki"} <= set(installed_connectors())
    assert connector_factory("files") is FilesConnector
    with pytest.raises(ConfigError, match=r"'wiki' can't be imported from 'broken_wiki:Wiki': No module named"):
        connector_factory("wiki")


# Broken on purpose: with points[0] taken first, whoever was installed first wins in silence.
def test_two_packages_with_one_name_are_both_named(site_packages: Path) -> None:
    install(site_packages, "first", connector="wiki", target="first_wiki:Wiki")
    install(site_packages, "second", connector="wiki", target="second_wiki:Wiki")
    with pytest.raises(ConfigError, match=r"two packages .*first_wiki:Wiki, second_wiki:Wiki"):
        connector_factory("wiki")
    assert installed_connectors().count("wiki") == 1


def test_a_package_that_claims_one_of_ours_is_an_error(site_packages: Path) -> None:
    install(site_packages, "impostor", connector="files", target="impostor:Files")
    with pytest.raises(ConfigError, match=r"impostor:Files, ragkit_connectors\.files:FilesConnector"):
        connector_factory("files")


def test_the_readmes_connector_is_found_and_keeps_the_contract(site_packages: Path) -> None:
    package = tomllib.loads(block("toml", 1))
    ((connector, target),) = package["project"]["entry-points"]["ragkit.connectors"].items()
    # With any folder beside it setuptools takes that for the package, and leaves the module out in silence.
    assert package["tool"]["setuptools"]["py-modules"] == [target.partition(":")[0]]
    install(site_packages, "ragkit-faq", connector=connector, target=target, code=block("python", 0))
    (site_packages / "test_faq.py").write_text(block("python", 1))
    assert connector_factory("faq")(path="faq.json").name == "faq"
    result = run("-m", "pytest", "-q", "-p", "no:cacheprovider", str(site_packages / "test_faq.py"), path=site_packages)
    assert "11 passed" in result.stdout, result.stdout + result.stderr


def test_the_readmes_connector_is_short() -> None:
    code = [line for line in block("python", 0).splitlines() if line]
    assert len(code) <= 25
    assert len(block("toml", 1).splitlines()) <= 5


def test_the_readmes_source_is_one_that_files_takes(tmp_path: Path) -> None:
    assert connector_factory("files")(name="handbook", path=tmp_path, exclude=["drafts/**"]).name == "handbook"
    assert 'connector = "files"' in block("toml", 0)
