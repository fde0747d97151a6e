"""Pictures of pages: scans, faxes, photographs of letters, copies of a screen."""

import io
from itertools import islice

from PIL import Image, ImageOps, ImageSequence

from ragkit.parsing.blocks import Parsed, Unreadable, title_of
from ragkit.parsing.readers import ocr
from ragkit.parsing.readers.pdf_layout import Line, layout

# A sheet of A2 at 400 dpi. It is looked at before anything is decoded, where Pillow would refuse with a traceback.
_MOST_PIXELS = 100_000_000
Image.MAX_IMAGE_PIXELS = None

# In pixels, what the longer side is brought to: letters that are smaller or larger are read worse, or no better.
_SHORTEST, _LONGEST = 2000, 4000
_MOST_ENLARGED = 3
# The longer side of A4 in inches. Most pictures don't tell their size, or tell a wrong one.
_SHEET = 11.7


def read_image(body: bytes) -> Parsed:
    """Return the text of each picture in the file as a page.

    Raises:
        Unreadable: it is too large, tesseract is missing, or nothing can be read.
    """
    if not ocr.is_there():
        raise Unreadable(f"is a picture; {ocr.INSTALL}", lacks=ocr.PROGRAM)
    with Image.open(io.BytesIO(body)) as file:
        frames = enumerate(islice(ImageSequence.Iterator(file), ocr.MOST_PAGES), 1)
        pages = [_lines(frame, page) for page, frame in frames]
    if not any(pages):
        raise ocr.unread()
    blocks = layout(pages)
    return Parsed(blocks=blocks, title=title_of(blocks), metadata={"pages": len(pages), "scanned_pages": len(pages)})


def _lines(frame: Image.Image, page: int) -> list[Line]:
    width, height = frame.size
    if width * height > _MOST_PIXELS:
        raise Unreadable(f"has {width} x {height} pixels; the limit is {_MOST_PIXELS}")
    longer = max(width, height)
    wanted = min(max(longer, min(_SHORTEST, _MOST_ENLARGED * longer)), _LONGEST)
    size = (max(1, width * wanted // longer), max(1, height * wanted // longer))
    gray = _on_paper(frame).convert("L").resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    # Cameras note how they were held.
    ImageOps.exif_transpose(gray).save(stream, "PPM")
    return ocr.read_picture(stream.getvalue(), page=page, dpi=wanted / _SHEET)


def _on_paper(frame: Image.Image) -> Image.Image:
    """Return a picture with white where nothing is painted."""
    if not frame.has_transparency_data:
        return frame
    painted = frame.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", painted.size, "white"), painted)
