"""Does one row of a table say what a claim says? Each word and figure has to be the row's own, or a column's name."""

from collections.abc import Iterable, Sequence
from itertools import groupby, islice

from ragkit.quotes.tables import Cell, Row
from ragkit.quotes.tokens import Token
from ragkit.quotes.words import BE, CHARGING, GLUE, NEGATIONS, PRICES, VAGUE, forms

_PAY = forms("pay")


def told(claim: Sequence[Token], row: Row) -> bool:
    """Whether a row says the whole of a claim.

    The claim names the row by its label, and has the whole of one or more of its other cells, each next to the name of
    its column. It may do without that name only where the figure's unit leaves no doubt.
    """
    said = _Said(claim, row)
    return said.labelled() and said.valued() and said.accounted() and said.paired()


class _Said:
    """Which words of a claim are which cell's value, and which its column's name."""

    def __init__(self, claim: Sequence[Token], row: Row) -> None:
        self._claim = claim
        self._row = row
        # The number of the cell whose value stands at a place of the claim.
        self._cell: dict[int, int] = {}
        # The cells that only say yes.
        self._affirmed = set[int]()

    def labelled(self) -> bool:
        return all(self._take(number) for number in range(self._row.labels))

    def valued(self) -> bool:
        """Find the values of the other cells: those whose columns are named first, and the longest of them first."""
        others = range(self._row.labels, len(self._row.cells))
        named = {number for number in others if self._named(self._row.cells[number])}
        for number in sorted(others, key=lambda one: (one not in named, -len(self._row.cells[one].value))):
            if number in named:
                _ = self._take(number) or self._answered(number)
            elif self._unmistakable(self._row.cells[number]):
                self._take(number)
        return len(self._used) > self._row.labels

    def accounted(self) -> bool:
        """Whether nothing is left that neither the row, its columns, nor what is said around the table has."""
        used = self._names(self._used)
        known = used | ((self._row.context | GLUE) - (self._names(range(len(self._row.cells))) - used))
        if not PRICES.isdisjoint(used | self._row.context):
            known |= CHARGING
        return all(
            at in self._cell
            or (self._numbers(at) if word.number else not word.forms.isdisjoint(known) and self._bounds_nothing(at))
            for at, word in enumerate(self._claim)
        )

    def paired(self) -> bool:
        """Whether each value stands with the name of its column, and with no other's."""
        owners = (self._owner(at) for at in range(len(self._claim)))
        order = [owner for owner, _ in groupby(one for one in owners if one >= self._row.labels)]
        return len(order) == len(set(order))

    @property
    def _used(self) -> set[int]:
        return {*self._cell.values(), *self._affirmed}

    def _names(self, numbers: Iterable[int]) -> frozenset[str]:
        return frozenset(form for number in numbers for word in self._row.cells[number].name for form in word.forms)

    def _take(self, number: int) -> bool:
        found = (self._places(self._row.cells[number].value, start) for start in range(len(self._claim)))
        places = next(filter(None, found), [])
        self._cell.update(dict.fromkeys(places, number))
        return bool(places)

    def _places(self, value: Sequence[Token], start: int) -> list[int]:
        """Return where a value stands in the claim from a place on: "file too large" in "the file is too large"."""
        places: list[int] = []
        for at in range(start, len(self._claim)):
            if len(places) == len(value) or at in self._cell:
                break
            if self._claim[at].meets(value[len(places)]):
                places.append(at)
            elif not places or self._claim[at].forms.isdisjoint(BE):
                break
        return places if len(places) == len(value) else []

    def _answered(self, number: int) -> bool:
        """Whether the claim gives the cell's yes or no to the name of its column."""
        cell = self._row.cells[number]
        if cell.affirms:
            self._affirmed.add(number)
        if cell.denies:
            denied = (at for at, word in enumerate(self._claim) if word.text in NEGATIONS and at not in self._cell)
            self._cell.update(dict.fromkeys(islice(denied, 1), number))
        return number in self._used

    def _named(self, cell: Cell) -> bool:
        return bool(cell.head) and all(self._says(word) for word in cell.head)

    def _says(self, name: Token) -> bool:
        """Whether the claim has a word of a column's name; "it costs" says what the price is."""
        price = not name.forms.isdisjoint(PRICES)
        return any(
            word.meets(name) or (price and not word.forms.isdisjoint(CHARGING))
            for at, word in enumerate(self._claim)
            if at not in self._cell
        )

    def _unmistakable(self, cell: Cell) -> bool:
        """Whether a value tells its column: there is no other, or none that has such figures."""
        if not all(self._says(word) for word in cell.bounds):
            return False
        if len(self._row.cells) - self._row.labels == 1:
            return True
        telling = bool(cell.bounds and cell.unit) or any(word.forms.isdisjoint(VAGUE) for word in cell.unit)
        return telling and sum(_kind(one) == _kind(cell) for one in self._row.cells) == 1

    def _numbers(self, at: int) -> bool:
        """Whether a figure stands in a column's name, next to the same words: "the 5 ml spoon"."""
        around = [word.forms for word in self._claim[max(0, at - 1) : at + 2]]
        names = ([word.forms for word in self._row.cells[number].name] for number in self._used)
        return any(around == name[start : start + len(around)] for name in names for start in range(len(name)))

    def _bounds_nothing(self, at: int) -> bool:
        """Whether a word bounds no figure, as `from` does but in a range, nor turns around who pays."""
        word = self._claim[at]
        if word.text == "from":
            return any(one.text == "~" for one in self._claim[at + 1 : at + 4])
        return word.forms.isdisjoint(_PAY) or (at > 0 and self._claim[at - 1].text == "you")

    def _owner(self, at: int) -> int:
        """Return whose value or name stands at a place of the claim; -1 if it may be several cells', or none's."""
        if at in self._cell:
            return self._cell[at]
        word = self._claim[at]
        if any(form.startswith("=") for form in word.forms):
            return -1
        owners = [number for number in self._used if any(word.meets(one) for one in self._row.cells[number].name)]
        return owners[0] if len(owners) == 1 else -1


def _kind(cell: Cell) -> tuple[frozenset[str], ...]:
    """Return what tells figures apart but the rest of their columns' names."""
    return tuple(word.forms for word in (*cell.unit, *cell.bounds))
