import pytest

from ragkit.evaluation.retrieval.calibration import auroc, bins, brier, calibration, calibration_error


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    # Broken on purpose: with "right" in place of "left" a tie counts whole.
    assert auroc([0.9, 0.4], [0.1, 0.4]) == pytest.approx(3.5 / 4)
    assert auroc([0.1], [0.9]) == 0


def test_the_brier_score_is_the_mean_squared_error() -> None:
    assert brier([1.0, 0.5], [0.0, 0.5]) == pytest.approx(0.125)


def test_a_probability_that_comes_true_has_no_calibration_error() -> None:
    found = bins([0.75] * 3, [0.75])
    assert [(one.low, one.high, one.n, one.answerable) for one in found] == [(0.7, 0.8, 4, 3)]
    assert calibration_error(found) == 0


def test_the_calibration_error_weighs_each_bin_by_its_questions() -> None:
    assert calibration_error(bins([0.75] * 3, [0.75, 1.0])) == pytest.approx(0.2)


def test_without_questions_of_both_kinds_nothing_is_claimed() -> None:
    found = calibration([0.4], [])
    assert (found.auroc, found.ece, found.brier, found.bins) == (None, None, None, ())
    assert calibration([0.9], [0.2]).auroc == 1
