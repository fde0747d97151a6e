"""The numbers in brackets by which an answer names its passages: [1], or [1, 3]."""

import re

# The group has the numbers; the white space in front belongs to the marker.
MARKERS = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")


def without_markers(text: str) -> str:
    """Return a text without its markers, which mean nothing beside other passages."""
    return MARKERS.sub("", text)
