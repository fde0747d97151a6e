"""Whether a server cut a prompt, seen from how many tokens it read. Most of it is about Ollama, told not to cut."""

from collections.abc import Sequence

from ragkit.models.chat.messages import ChatTurn
from ragkit.models.chat.tokens import TURN_TOKENS, TextParts, estimate_tokens

_FAR_ABOVE = 1.5  # times what was read: three bytes are taken for a token, and most texts have four or five
_SURELY_OVER = 1.75  # times the window: such a prompt fits only with more than five bytes a token
_ROUNDING = 1.01
_DENSEST = 2.0  # times the estimate: no tokenizer that was tried makes as many tokens of ordinary text
_USUAL_WINDOWS = tuple(1 << power for power in range(11, 18))


def prompt_tokens(turns: Sequence[ChatTurn]) -> int:
    """Return an estimate of what the messages take of a window; rarely too low."""
    return sum(estimate_tokens(turn["content"]) + TURN_TOKENS for turn in turns)


def is_cut(turns: Sequence[ChatTurn], read: int | None, *, window: int) -> bool:
    """Say whether a server that counts the whole prompt, cached or not, read less than was sent."""
    if not read:
        return False
    over = three_bytes_each(turns) > _SURELY_OVER * window
    return least_tokens(turns) > read or (over and read <= window)


def cut_length(window: int, *, keep: int) -> int:
    """Return how many tokens Ollama leaves of a prompt that is longer than the window: the half, roughly."""
    return window - max((window - keep) // 2, 1)


def is_suspicious(turns: Sequence[ChatTurn], read: int | None) -> bool:
    """Say whether so few tokens were read that it is worth asking for the window that the model was loaded with."""
    return bool(read) and three_bytes_each(turns) >= _FAR_ABOVE * (read or 1)


def window_cut_to(turns: Sequence[ChatTurn], read: int | None, *, asked: int, loaded: int | None) -> int | None:
    """Return the window that the server cut the prompt to; None if nothing says that it did.

    `loaded` is the window that the server tells, None if it doesn't. A count that is merely small proves nothing: a
    cache may make it smaller. The length to which Ollama cuts does, and so does a prompt that no window holds.
    """
    most, usual = prompt_tokens(turns), three_bytes_each(turns)
    known = min(loaded or asked, asked)
    if not read:
        return None
    windows = {asked, loaded} if loaded else {asked}
    if not loaded and usual >= _FAR_ABOVE * read:
        windows |= set(_USUAL_WINDOWS)
    cut = [
        window
        for window in windows
        if window and window <= asked and read in _cut_lengths(window) and most * _DENSEST >= window
    ]
    if cut:
        return min(cut)
    over = usual > _SURELY_OVER * known or least_tokens(turns) > known
    return known if over and read <= known else None


def without_oldest(turns: Sequence[ChatTurn]) -> list[ChatTurn]:
    """Return the messages but for the one that Ollama leaves out first; all of them if there is none such."""
    old = next((turn for turn in turns[:-1] if turn["role"] != "system"), None)
    return [turn for turn in turns if turn is not old]


def may_have_dropped(turns: Sequence[ChatTurn], read: int | None, *, asked: int, loaded: int | None) -> bool:
    """Say whether Ollama, leaving out the oldest message as long as the rest does not fit, may have come to this count.

    That is so where the window is smaller than was asked for, or the estimate was too low. What was read is compared
    with what would have been kept: at that many tokens a text, one message more was too long.
    """
    most, known = prompt_tokens(turns), min(loaded or asked, asked)
    if not read or read >= known or not (read > most or (known < asked and most >= known)):
        return False
    kept = prompt_tokens(turns)
    for old in (turn for turn in turns[:-1] if turn["role"] != "system"):
        before, kept = kept, kept - prompt_tokens([old])
        if read / kept * before * _ROUNDING >= known:
            return True
    return False


def _cut_lengths(window: int) -> set[int]:
    # num_keep is 4, and one more where the tokenizer begins a text with a token of its own.
    return {cut_length(window, keep=4), cut_length(window, keep=5)}


def three_bytes_each(turns: Sequence[ChatTurn]) -> int:
    """Return a count that is above that of most tokenizers, and far above that of none."""
    return sum(_three_bytes_each(turn["content"]) + TURN_TOKENS for turn in turns)


def _three_bytes_each(text: str) -> int:
    singles = TextParts.of(text).singles
    return singles + (len(text.encode("utf-8", "surrogatepass")) - singles) // 3


def least_tokens(turns: Sequence[ChatTurn]) -> int:
    """Return a count that is never too high: no tokenizer joins two words of letters."""
    return sum(sum(map(str.isalpha, turn["content"].split())) for turn in turns)
