"""The estimate of tokens: safe before anything is known, closer afterwards, and never fooled by a cache."""

import threading

import pytest

from ragkit.models.chat.tokens import TURN_TOKENS, TokenScale, estimate_tokens

PROSE = "Notice must be given thirty days before the end of the term in writing to the landlord " * 20
TABLE = "1,204.50 1,330.75 980.10 12,450.00 " * 60
CHINESE = "租户可以提前三十天以书面形式通知房东终止租赁合同押金将在十个工作日内退还" * 20


def learned(scale: TokenScale, text: str, ratio: float, *, times: int) -> None:
    for _ in range(times):
        scale.learn([text], round(ratio * (estimate_tokens(text) + TURN_TOKENS)))


@pytest.mark.parametrize("text", [PROSE, TABLE, CHINESE, "", "😀🎉", "Kündigungsfrist"])
def test_the_safe_estimate_holds_until_enough_is_known(text: str) -> None:
    # Broken on purpose: _ENOUGH = 1 in tokens.
    scale = TokenScale()
    learned(scale, PROSE, 0.7, times=3)
    assert abs(scale.count(text) - estimate_tokens(text)) <= 1


# What SmolLM2 counted, whose tokenizer was made from English: the poorest of those that people run.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Notice must be given thirty days before the end of the term, in writing, to the landlord. " * 5, 101),
        ("租户可以提前三十天以书面形式通知房东终止租赁合同押金将在十个工作日内退还。" * 5, 330),
        ("賃借人は三十日前までに書面で通知することにより契約を解約することができます。" * 5, 340),
        ("Договор может быть расторгнут за тридцать дней до окончания срока по письменному заявлению. " * 5, 336),
        ("ผู้เช่าสามารถบอกเลิกสัญญาได้โดยแจ้งล่วงหน้าสามสิบวันเป็นลายลักษณ์อักษร " * 5, 660),
        ("يجوز للمستأجر إنهاء العقد قبل ثلاثين يوما من انتهاء المدة بإشعار كتابي. " * 5, 370),
        ("😀🎉👩‍👩‍👧‍👦🇩🇪🚀❤️" * 8, 296),
        ("Die Kündigungsfrist beträgt für den Mieter drei Monate; sie verlängert sich nicht hinaus. " * 5, 0),
    ],
)
def test_the_safe_estimate_is_above_what_a_poor_tokenizer_makes_of_a_text(text: str, tokens: int) -> None:
    assert estimate_tokens(text) >= tokens


def test_english_is_counted_closer_after_some_answers_and_a_table_is_not() -> None:
    scale = TokenScale()
    learned(scale, PROSE, 0.7, times=4)
    assert 0.7 * estimate_tokens(PROSE) < scale.count(PROSE) < 0.8 * estimate_tokens(PROSE)
    assert scale.count(TABLE) >= 0.95 * estimate_tokens(TABLE)
    assert scale.count(CHINESE) == estimate_tokens(CHINESE)


def test_chinese_is_counted_closer_after_some_answers_and_english_is_not() -> None:
    scale = TokenScale()
    learned(scale, CHINESE, 0.4, times=4)
    assert 0.4 * estimate_tokens(CHINESE) < scale.count(CHINESE) < 0.5 * estimate_tokens(CHINESE)
    assert scale.count(PROSE) == estimate_tokens(PROSE)


def test_a_count_above_the_estimate_is_believed_at_once() -> None:
    scale = TokenScale()
    learned(scale, PROSE, 1.5, times=1)
    assert scale.count(TABLE) >= 1.5 * estimate_tokens(TABLE)


@pytest.mark.parametrize("ratio", [0.01, 0.2])
def test_what_came_from_the_servers_cache_teaches_nothing(ratio: float) -> None:
    scale = TokenScale()
    learned(scale, PROSE, ratio, times=20)
    scale.learn([PROSE], None)
    scale.learn(["Rent?"], 1)
    assert abs(scale.count(PROSE) - estimate_tokens(PROSE)) <= 1


def test_one_whole_count_among_cached_ones_is_enough() -> None:
    # Broken on purpose: min for max in tokens._scale.
    scale = TokenScale()
    learned(scale, PROSE, 0.75, times=1)
    learned(scale, PROSE, 0.4, times=7)
    assert scale.count(PROSE) >= 0.75 * estimate_tokens(PROSE)


def test_bounds_hold_whatever_a_server_counts() -> None:
    scale = TokenScale()
    learned(scale, PROSE, 0.26, times=20)
    assert scale.count(PROSE) >= 0.59 * estimate_tokens(PROSE)
    learned(scale, PROSE, 1000, times=1)
    assert scale.count(PROSE) <= 4 * estimate_tokens(PROSE) + 4


def test_a_prompt_that_was_too_long_after_all_takes_the_estimate_back() -> None:
    scale = TokenScale()
    learned(scale, PROSE, 0.7, times=8)
    scale.too_low()
    assert abs(scale.count(PROSE) - estimate_tokens(PROSE)) <= 1
    scale.too_low()
    assert scale.count(PROSE) >= 1.2 * estimate_tokens(PROSE)


def test_threads_may_learn_and_count_at_once() -> None:
    scale = TokenScale()

    def work() -> None:
        for _ in range(20):
            learned(scale, PROSE, 0.7, times=1)
            scale.count(TABLE)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert scale.count(PROSE) < estimate_tokens(PROSE)
