"""Charts of a slide as tables: a row for each category, a column for each series."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from pptx.chart.chart import Chart
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from ragkit.parsing.blocks import Block, table
from ragkit.parsing.readers.number_format import shown


def charts_of(slide: Slide, page: int) -> Iterator[Block]:
    """Yield the title and the figures of each chart, also of those that are grouped with other shapes."""
    for shape in _flat(slide.shapes):
        if isinstance(shape, GraphicFrame) and shape.has_chart:
            chart = shape.chart
            if chart.has_title and chart.chart_title.has_text_frame:
                yield Block(text=chart.chart_title.text_frame.text, page=page)
            yield table(_rows(chart), page=page)


def _flat(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flat(shape.shapes)
        else:
            yield shape


def _rows(chart: Chart) -> Iterator[list[str]]:
    for plot in chart.plots:
        series = [(str(one.name), [_written(value) for value in one.values]) for one in plot.series]
        yield ["", *(name for name, _ in series)]
        columns = [[str(category) for category in plot.categories], *(values for _, values in series)]
        yield from map(list, zip_longest(*columns, fillvalue=""))


def _written(value: float | None) -> str:
    return "" if value is None else shown(value, "General")
