"""What a model thinks before it answers, kept out of the answer."""

import re

_NAMES = "think|thinking|thought|reasoning"
_TAG = re.compile(rf"<\s{{0,2}}(/?)\s{{0,2}}(?:{_NAMES})\s{{0,2}}>", re.IGNORECASE)
_TAG_BEGUN = re.compile(r"<\s{0,2}/?\s{0,2}[a-z]{0,9}\s{0,2}\Z", re.IGNORECASE)


class ThoughtFilter:
    """Takes an answer in pieces and gives back what may be shown. A section that never closes hides the rest.

    `shown` is all that was given back. `seen` says that there was a thought. `stray` says that a closing tag came
    without its opening one: the text before it was a thought too, so `shown` began anew.
    """

    def __init__(self) -> None:
        self.shown = ""
        self.seen = False
        self.stray = False
        self._inside = False
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what of the text so far may be shown now. Half a tag at the end is held back."""
        self._held += piece
        ready = ""
        while tag := _TAG.search(self._held):
            ready += self._shown_part(self._held[: tag.start()])
            self._held = self._held[tag.end() :]
            ready = self._turn(closing=bool(tag[1]), ready=ready)
        begun = _TAG_BEGUN.search(self._held)
        end = begun.start() if begun else len(self._held)
        ready += self._shown_part(self._held[:end])
        self._held = self._held[end:]
        return ready

    def finish(self) -> str:
        """Return what was held back, now that nothing follows."""
        ready, self._held = self._shown_part(self._held), ""
        return ready

    def _turn(self, *, closing: bool, ready: str) -> str:
        self.seen = True
        if closing and not self._inside:
            self.stray, self.shown, ready = True, "", ""
        self._inside = not closing
        return ready

    def _shown_part(self, text: str) -> str:
        if self._inside:
            return ""
        if self.seen and not self.shown:
            text = text.lstrip()
        self.shown += text
        return text


def without_thoughts(text: str) -> str:
    """Return the answer without its thoughts."""
    thoughts = ThoughtFilter()
    thoughts.feed(text)
    thoughts.finish()
    return thoughts.shown
