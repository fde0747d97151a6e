from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ragkit.parsing.parser import Parser

SIZE = (826, 1169)
"""Of a sheet that is a picture."""

Tesseract = Callable[..., Parser]


@pytest.fixture
def tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Tesseract:
    """Return a parser that has, in the place of tesseract, a script that finds these words on every page."""

    def installed(*lines: str, sure: int = 90, seconds: float = 0, timeout: float = 60.0) -> Parser:
        found = "".join(
            f"<span class='ocr_line' title='bbox 10 {50 * row} 90 {50 * row + 20}; x_size 20; "
            f"x_descenders 4'><span class='ocrx_word' title='bbox 10 {50 * row} 90 {50 * row + 20}; x_wconf {sure}'>"
            f"{line}</span></span>"
            for row, line in enumerate(lines)
        )
        hocr = f"<html><div class='ocr_page' title='bbox 0 0 {SIZE[0]} {SIZE[1]}'>{found}</div></html>"
        script = tmp_path / "tesseract"
        script.write_text(f'#!/bin/sh\n/bin/cat > /dev/null\n/bin/sleep {seconds}\necho "{hocr}"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        parser = Parser(timeout=timeout)
        request.addfinalizer(parser.close)
        return parser

    return installed


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as shared:
        yield shared
