"""What a page of HTML holds, line by line."""

from collections import Counter
from html.parser import HTMLParser


class Structure(HTMLParser):
    """Collects the texts, a row of a table as one line, and of each drawing how many shapes of which kind it has."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._drawing: Counter[str] | None = None
        self._said = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "svg":
            self._drawing, self._said = Counter(), str(values["aria-label"])
        elif self._drawing is not None:
            self._drawing[f"{tag}.{values['class']}" if "class" in values else tag] += 1
        elif tag == "tr":
            self.lines.append("tr:")
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self.lines.append(
                f"svg: {self._said}: " + ", ".join(f"{n} {kind}" for kind, n in (self._drawing or Counter()).items())
            )
            self._drawing = None

    def handle_data(self, data: str) -> None:
        said = " ".join(data.split())
        if not said or self._inside == "style" or self._drawing is not None:
            return
        if self._inside in {"th", "td"}:
            self.lines[-1] += f" {said} |"
        else:
            self.lines.append(f"{self._inside}: {said}")
