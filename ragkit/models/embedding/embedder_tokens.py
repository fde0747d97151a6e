"""How many tokens a text has at most, for a model whose tokenizer is out of reach."""

import re

# A space goes with the word after it.
_RUN = re.compile(r"[^\W_]+|\s+|.", re.DOTALL)
_ORDINARY_CASE = re.compile(r"[A-Z]?[^A-Z]*\Z|[A-Z]+\Z")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_FIVE_CONSONANTS = re.compile(r"[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{5}")
_ASCII = re.compile(r"[\x00-\x7f]+")
# Less than a vowel in so many letters is no word.
_SPARSE = 5
_SPECIAL_TOKENS = 2


def most_tokens(text: str) -> int:
    """Return a count that a tokenizer hardly ever exceeds, whichever it is, with one token at each end.

    English prose has half of it.

    A word is taken to have two letters a token. What is no word, such as figures, marks and base64, has one token a
    character. Letters beyond ASCII have more: a tokenizer that does not know them spells out their bytes.
    """
    return sum(map(_most, _RUN.findall(text))) + _SPECIAL_TOKENS


def _most(run: str) -> int:
    if run.isspace():
        return len(run) - run.startswith(" ")
    if not run.isascii():
        return _beyond_ascii(run)
    if not _is_word(run):
        return len(run)
    return max(1, len(run) // 2)


def _beyond_ascii(run: str) -> int:
    rest = _ASCII.sub("", run)
    size = len(rest.encode("utf-8", "surrogatepass"))
    # Two bytes are a letter of Europe or the Near East: most tokenizers have it, though not each.
    foreign = size if size > 2 * len(rest) else (5 * len(rest) + 3) // 4
    known = len(run) - len(rest)
    return foreign + ((known + 1) // 2 if run.isalpha() else known)


def _is_word(run: str) -> bool:
    if not (run.isalpha() and _ORDINARY_CASE.match(run)):
        return False
    return len(_VOWEL.findall(run)) * _SPARSE >= len(run) and not _FIVE_CONSONANTS.search(run)
