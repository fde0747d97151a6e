"""Numbers as a spreadsheet shows them: 0.15 as 15%, 1234.5 as $1234.50, 42 as 00042.

Thousands are not parted: by what, depends on the country of whoever looks, and a comma may be a decimal sign.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

# What a format may be made of: quoted text, an escaped letter, space and filling, brackets, digits, and all else.
_PART = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[([^\]]*)\]|([0#?][0#?,.]*|\.[0#?]+)|(.)', re.DOTALL)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*);?', re.DOTALL)
_CURRENCY = re.compile(r"\$([^-]*)")
# Fractions, powers of ten, and the word itself, which leaves it to the program.
_FREE = re.compile(r"general|[/@]|E[+-]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DIGITS = re.compile(r"[0#?]")


@dataclass(frozen=True, kw_only=True)
class _Format:
    """What stands around the digits, how many decimals there are, and how many of them and of the digits must be."""

    before: str
    after: str
    decimals: int
    least_decimals: int
    least_digits: int
    factor: float

    def written(self, value: float) -> str:
        digits = f"{abs(value) * self.factor:.{self.decimals}f}"
        whole, _, rest = digits.partition(".")
        rest = rest[: self.least_decimals] + rest[self.least_decimals :].rstrip("0")
        number = whole.zfill(self.least_digits) + (f".{rest}" if rest else "")
        sign = "-" if value < 0 and number.strip("0.") else ""
        return f"{sign}{self.before}{number}{self.after}"


def shown(value: float, number_format: str) -> str:
    """Return a number of a cell; in a format that no rule here fits with fifteen digits, of which 0.1 + 0.2 has one."""
    found = _read(number_format, value < 0)
    if found:
        return found.written(value)
    return str(int(value)) if float(value).is_integer() else format(value, ".15g")


@lru_cache(maxsize=1024)
def _read(number_format: str, negative: bool) -> _Format | None:
    sections = _SECTION.findall(number_format)
    section = sections[1] if negative and len(sections) > 1 and sections[1] else sections[0]
    bare = _LITERAL.sub("", section)
    around, runs = ["", ""], []
    for quoted, escaped, bracket, digits, other in _PART.findall(section):
        runs += [digits] if digits else []
        currency = _CURRENCY.match(bracket)
        around[bool(runs)] += quoted or escaped or other or (currency[1] if currency else "")
    if len(runs) != 1 or _FREE.search(bare):
        return None
    whole, _, decimals = runs[0].partition(".")
    # The sign is written in front, whether the format has it as brackets or not at all.
    before, after = (part.strip("()-+ ") if negative else part.strip() for part in around)
    gap = [" " if part[side:][:1] == " " else "" for part, side in ((around[0], -1), (around[1], 0))]
    thousands = len(runs[0]) - len(runs[0].rstrip(","))
    return _Format(
        before=before + gap[0] if before else "",
        after=gap[1] + after if after else "",
        decimals=len(_DIGITS.findall(decimals)),
        least_decimals=decimals.count("0"),
        least_digits=whole.replace(",", "").count("0"),
        factor=100.0 ** bare.count("%") / 1000.0**thousands,
    )
