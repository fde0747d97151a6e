"""What a model thinks before it answers, kept out of the answer."""

import re

_NAMES = "think|thinking|thought|reasoning"
_TAG = re.compile(rf"<\s{{0,2}}(/?)\s{{0,2}}(?:{_NAMES})\s{{0,2}}>", re.IGNORECASE)
_TAG_BEGUN = re.compile(r"<\s{0,2}/?\s{0,2}[a-z]{0,9}\s{0,2}\Z", re.IGNORECASE)


class ThoughtFilter:
    """Takes an answer in pieces and gives back what may be shown. A section that never closes hides the rest.

    `inside` says whether the text begins inside a thought, because the model's chat template opens one. Where that is
    None, nobody knows, and all is held back until a closing tag comes or the end.

    `shown` is the answer so far. `seen` says that there was a thought, `unclosed` that it has not ended yet. `stray`
    says that a closing tag came without its opening one: the text before it was a thought too, so `shown` began anew;
    `late` says that some of that text had been given back.
    """

    def __init__(self, *, inside: bool | None = False) -> None:
        self.shown = ""
        self.seen = self.unclosed = bool(inside)
        self.stray = False
        self.late = False
        self._waits = inside is None
        self._given = 0
        self._held = ""

    def parted(self) -> None:
        """Take note that the server gave a thought beside the text: it takes them out, and the text begins outside."""
        self.seen, self._waits = True, False

    def feed(self, piece: str) -> str:
        """Return what of the text so far may be shown now. Half a tag at the end is held back."""
        self._held += piece
        while tag := _TAG.search(self._held):
            self._take(tag.start())
            self._held = self._held[len(tag[0]) :]
            self._turn(closing=bool(tag[1]))
        begun = _TAG_BEGUN.search(self._held)
        self._take(begun.start() if begun else len(self._held))
        return "" if self._waits else self._ready()

    def finish(self) -> str:
        """Return what was held back, now that nothing follows."""
        self._take(len(self._held))
        return self._ready()

    def _take(self, end: int) -> None:
        text, self._held = self._held[:end], self._held[end:]
        if not self.unclosed:
            self.shown += text.lstrip() if self.seen and not self.shown else text

    def _turn(self, *, closing: bool) -> None:
        self.seen = True
        if closing:
            self._waits = False
            if not self.unclosed:
                self.stray, self.late = True, self.late or self._given > 0
                self.shown, self._given = "", 0
        self.unclosed = not closing

    def _ready(self) -> str:
        ready, self._given = self.shown[self._given :], len(self.shown)
        return ready


def opens_thought(template: str) -> bool:
    """Say whether a chat template has an opening tag, so that an answer may have only the closing one."""
    return any(not tag[1] for tag in _TAG.finditer(template))


def without_thoughts(text: str) -> str:
    """Return the answer without its thoughts."""
    thoughts = ThoughtFilter()
    thoughts.feed(text)
    thoughts.finish()
    return thoughts.shown
