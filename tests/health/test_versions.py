"""No version with a known hole is installed, named as a lower bound, pinned, or started by compose."""

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # ships no types

from ragkit.health.versions import OLLAMA, WAIVED_DAYS, Floor, checked_versions, floor_of, installed, is_older, known

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_that_is_installed_has_a_known_hole() -> None:
    # Broken on purpose: `least = "99"` for any of the installed packages in versions.toml.
    assert [check.level for check in checked_versions()] == ["ok"]


def test_no_waiver_is_older_than_90_days() -> None:
    today = datetime.now(UTC).date()
    over = [waiver.package for waiver in known().waiver if waiver.is_over(today)]
    assert not over, "look whether the hole has been closed, and write today's date as `granted` in versions.toml"


def test_no_waiver_or_floor_is_dated_ahead() -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert all(waiver.granted <= tomorrow for waiver in known().waiver)
    assert all(floor.checked <= tomorrow for floor in known().floor)


@pytest.mark.parametrize("floor", known().floor, ids=lambda floor: floor.package)
def test_an_older_package_is_a_fault_with_the_command_that_mends_it(floor: Floor) -> None:
    (found,) = checked_versions(of=lambda package: "0.0.1" if package == floor.package else "")
    assert found.level == "fault"
    assert floor.reason in found.message
    assert found.fix == f'pip install --upgrade "{floor.package}>={floor.least}"'


def test_a_waiver_that_is_over_is_a_warning() -> None:
    late = max(waiver.granted for waiver in known().waiver) + timedelta(days=WAIVED_DAYS + 1)
    assert {check.level for check in checked_versions(today=late)} == {"warning"}


def test_what_is_pinned_and_what_is_allowed_is_above_the_floors() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    pinned = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    for versions in (_versions(wanted, ">="), _versions(pinned, "==")):
        below = [
            floor.package
            for floor in known().floor
            if floor.package in versions and is_older(versions[floor.package], floor.least)
        ]
        assert not below


def _versions(lines: list[str], sign: str) -> Mapping[str, str]:
    parted = [line.partition(sign) for line in lines if sign in line]
    return {name.partition("[")[0].strip().lower(): re.split(r"[,+;\s]", version)[0] for name, _, version in parted}


def test_the_ollama_of_compose_is_above_the_floor() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    _, _, tag = services["ollama"]["image"].partition(":")
    assert not is_older(tag, floor_of(OLLAMA).least)


@pytest.mark.parametrize(
    ("found", "older"),
    [("1.3", False), ("1.3.0", False), ("1.2.9", True), ("1.3.0rc1", True), ("1.10", False), ("1.3-my-own", False)],
)
def test_versions_are_compared_as_versions(found: str, older: bool) -> None:
    assert is_older(found, "1.3") == older


def test_a_build_of_ones_own_is_taken_for_new() -> None:
    assert not is_older("built-yesterday", "1.3")


def test_what_is_not_installed_has_no_version() -> None:
    assert installed("no-such-package") == ""
