"""Which versions have a known hole: the floors of `versions.toml` beside what is installed."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict

from ragkit.health.check import Check, complaints_or

OLLAMA = "ollama server"
WAIVED_DAYS = 90


class Floor(BaseModel):
    """The oldest version of a package that may be used, and why; `advisories` are the pages that say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    least: str
    reason: str
    checked: date
    advisories: tuple[str, ...] = ()


class Waiver(BaseModel):
    """A hole that every version has, and why it does not reach ragkit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    hole: str
    reason: str
    granted: date

    def is_over(self, today: date) -> bool:
        """Whether somebody has to look at it again."""
        return (today - self.granted).days > WAIVED_DAYS


class Versions(BaseModel):
    """What `versions.toml` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    floor: tuple[Floor, ...]
    waiver: tuple[Waiver, ...]


@cache
def known() -> Versions:
    """Return the floors and waivers that come with ragkit."""
    text = (resources.files("ragkit") / "health" / "versions.toml").read_text(encoding="utf-8")
    return Versions(**tomllib.loads(text))


def floor_of(package: str) -> Floor:
    """Return the floor of a package, which must have one."""
    return next(floor for floor in known().floor if floor.package == package)


def installed(package: str) -> str:
    """Return the version of an installed package; empty if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def is_older(found: str, least: str) -> bool:
    """Whether a version is below another. One that says nothing, as a build of one's own may, is not."""
    for written in (found, found.partition("-")[0]):
        try:
            return Version(written) < Version(least)
        except InvalidVersion:
            continue
    return False


def checked_versions(*, of: Callable[[str], str] = installed, today: date | None = None) -> Iterator[Check]:
    """Yield a fault for each package with a known hole, and a warning for each waiver that is over."""
    present = [floor.package for floor in known().floor if of(floor.package)]
    fine = f"none of the {len(present)} packages that were looked at has a known security hole"
    complaints = _complaints(of, today or datetime.now(UTC).date())
    yield from complaints_or(complaints, Check(name="versions", level="ok", message=fine))


def _complaints(of: Callable[[str], str], today: date) -> Iterator[Check]:
    for floor in known().floor:
        found = of(floor.package)
        if found and is_older(found, floor.least):
            message = f"{floor.package} {found} has a known hole ({floor.reason})"
            fix = f'pip install --upgrade "{floor.package}>={floor.least}"'
            yield Check(name="versions", level="fault", message=message, fix=fix)
    for waiver in known().waiver:
        if of(waiver.package) and waiver.is_over(today):
            message = f"{waiver.package} has {waiver.hole}, at which nobody has looked since {waiver.granted}"
            yield Check(name="versions", level="warning", message=message, fix="install a newer ragkit")
