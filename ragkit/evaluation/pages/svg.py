"""Drawings as text: a few shapes, every text in them escaped."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

LEGEND_ROW = 18
LEFT = 76
_WIDTH = 760
_TICKS = 6
_RIGHT, _TOP, _BOTTOM = 24, 12, 40

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Axes:
    """A frame of numbers: `x` and `y` are the least and the greatest of each axis, `left` is the margin."""

    x: Point
    y: Point
    height: int
    left: int = LEFT

    def at(self, x: float, y: float) -> Point:
        """Return where a point of the axes lies on the drawing."""
        across = (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1)
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1)
        return (
            self.left + across * (_WIDTH - self.left - _RIGHT),
            self.height - _BOTTOM - up * (self.height - _TOP - _BOTTOM),
        )

    def frame(self, *, across: Sequence[float], up: Sequence[float], names: tuple[str, str]) -> list[str]:
        """Return the grid with its numbers, and the names of both axes."""
        shapes = []
        for value in across:
            foot = self.at(value, self.y[0])
            shapes.append(line(foot, self.at(value, self.y[1]), kind="grid"))
            shapes.append(text((foot[0], foot[1] + 15), f"{value:.4g}", anchor="middle"))
        for value in up:
            begin = self.at(self.x[0], value)
            shapes.append(line(begin, self.at(self.x[1], value), kind="grid"))
            shapes.append(text((begin[0] - 6, begin[1] + 4), f"{value:.4g}", anchor="end"))
        middle = (self.left + _WIDTH - _RIGHT) / 2
        shapes.append(text((middle, self.height - 6), names[0], anchor="middle"))
        turned = (self.height - _BOTTOM + _TOP) / 2
        shapes.append(
            f'<text transform="translate(14 {turned:.1f}) rotate(-90)" text-anchor="middle">{escape(names[1])}</text>'
        )
        return shapes


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return round numbers between two, five or so; `whole` ones for what is counted."""
    rough = (high - low) / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    step = max(1, step) if whole else step
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def drawing(shapes: Iterable[str], *, height: int, said: str) -> str:
    """Return the whole drawing; `said` is what it says to those who can't see it."""
    inside = "\n".join(shapes)
    box = f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(said)}"'
    return f'<div class="wide"><svg {box}>\n{inside}\n</svg></div>'


def text(place: Point, content: str, *, anchor: str = "start") -> str:
    """Return a text that begins, ends or has its middle at the place."""
    return f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def line(begin: Point, end: Point, *, kind: str) -> str:
    """Return a straight line."""
    ends = f'x1="{begin[0]:.1f}" y1="{begin[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line class="{kind}" {ends}/>'


def dot(place: Point, *, kind: str, title: str) -> str:
    """Return a dot that tells its title when it is pointed at."""
    return (
        f'<circle class="{kind}" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="4"><title>{escape(title)}</title></circle>'
    )


def bar(corner: Point, opposite: Point, *, kind: str, title: str) -> str:
    """Return the rectangle between two corners."""
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(corner, opposite, strict=True))
    size = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect class="{kind}" {size}><title>{escape(title)}</title></rect>'


def path(points: Sequence[Point], *, kind: str) -> str:
    """Return a line through the points."""
    return f'<path class="{kind}" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def legend(entries: Sequence[tuple[str, str]], *, y: float) -> list[str]:
    """Return names with their colours, one below the other; each entry is a kind and a name."""
    shapes = []
    for number, (kind, name) in enumerate(entries):
        top = y + number * LEGEND_ROW
        shapes.append(bar((LEFT, top), (LEFT + 12, top + 12), kind=kind, title=name))
        shapes.append(text((LEFT + 18, top + 11), name))
    return shapes
