"""A cross-encoder of the sentence-transformers library: a tiny BERT of random weights, made and saved here."""

import math
import string
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from ragkit import wiring
from ragkit.config import Config, ModelsConfig
from ragkit.errors import ConfigError, ModelFailed, ModelUnavailable, PromptTooLong
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.judging.cross_encoder import CrossEncoderJudge
from ragkit.retrieval.base import Reranker
from ragkit.retrieval.stages.rerank import JudgeReranker
from ragkit.testing.reranker_contract import RerankerContract

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

WINDOW = 64
QUESTION = "is the rent due ?"
WORDS = ["the", "rent", "is", "due", "a", "refund", "takes", "five", "days", "when", ".", "?"]
# The words of the contract's texts: spelled out in letters they would take most of the time.
MORE = ["how", "many", "working", "does", "take", "cool", "burn", "under", "running", "water"]


def write_model(folder: Path, *, labels: int = 1) -> Path:
    """Write a cross-encoder as the library would save one. The same every time."""
    # A model this small has nothing to share out, and threads that wait for each other take the time.
    torch.set_num_threads(1)
    torch.manual_seed(7)
    folder.mkdir(exist_ok=True)
    letters = [*string.ascii_lowercase[1:], *(f"##{letter}" for letter in string.ascii_lowercase)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *MORE, *letters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=WINDOW,
        # Larger than usual, so that different texts have scores that differ by more than rounding.
        initializer_range=0.5,
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("cross-encoder") / "tiny")


@pytest.fixture(scope="module")
def judge(folder: Path) -> CrossEncoderJudge:
    return CrossEncoderJudge(str(folder))


@pytest.fixture(scope="module")
def configured(folder: Path) -> JudgeReranker:
    return wiring.reranker(Config(models=ModelsConfig(reranker=f"cross-encoder:{folder}")), engine=_no_engine)


class TestCrossEncoder(RerankerContract):
    @pytest.fixture
    def reranker(self, configured: JudgeReranker) -> Reranker:
        return configured


def _no_engine() -> ChatEngine:
    raise AssertionError("no chat model is asked")


def reference(folder: Path, question: str, passage: str) -> float:
    """Return the logit of a pair by transformers alone."""
    tokens = BertTokenizer.from_pretrained(folder)(question, passage, return_tensors="pt")
    model = BertForSequenceClassification.from_pretrained(folder)
    model.eval()
    with torch.no_grad():
        return float(model(**tokens).logits.item())


def test_scores_are_the_models_logits(judge: CrossEncoderJudge, folder: Path) -> None:
    passages = ["the rent is due .", "a refund takes five days", "rent"]
    # Broken on purpose: the pair turned round in `_valid`, or `activation_fn` left out (a sigmoid then).
    expected = [reference(folder, QUESTION, passage) for passage in passages]
    assert judge.judge(QUESTION, passages) == pytest.approx(expected, abs=1e-4)
    assert len({round(score, 3) for score in expected}) == 3


def test_the_best_passage_comes_first_whatever_the_batch(judge: CrossEncoderJudge) -> None:
    passages = [f"{word} {other}" for word in WORDS for other in WORDS[:3]]
    scores = judge.judge(QUESTION, passages)
    alone = [judge.judge(QUESTION, [passage])[0] for passage in passages]
    assert scores == pytest.approx(alone, abs=1e-4)


def test_the_end_of_a_long_passage_is_read(judge: CrossEncoderJudge) -> None:
    filler = "a " * 300
    plain, better = judge.judge(QUESTION, [filler, filler + "the rent is due . " * 4])
    worse = judge.judge(QUESTION, ["the rent is due . " * 4 + filler])[0]
    # Broken on purpose: `parted(...)[:1]` in judge_whole: the first two are then equal.
    assert not math.isclose(plain, better, abs_tol=1e-4)
    assert not math.isclose(plain, worse, abs_tol=1e-4)


def test_a_long_passage_has_the_score_of_its_best_part(judge: CrossEncoderJudge) -> None:
    whole = " ".join(f"{word} five days {word}" for word in WORDS * 10)
    parts = judge.judge(QUESTION, [whole[start : start + 60] for start in range(0, len(whole), 15)])
    assert judge.count_pair((QUESTION, whole)) > judge.window
    assert judge.judge(QUESTION, [whole])[0] >= sorted(parts)[len(parts) // 2]


def test_no_pair_is_cut_by_the_library(judge: CrossEncoderJudge) -> None:
    # Broken on purpose: `processing_kwargs` left out of predict: the library then cuts the pair, and answers.
    with pytest.raises(ModelFailed, match="broke on 1 pairs"):
        judge.score_pairs([(QUESTION, "rent " * 2 * WINDOW)])


def test_the_count_is_what_the_model_reads(judge: CrossEncoderJudge) -> None:
    assert judge.count_pair(("rent ?", "rent")) == len(["[CLS]", "rent", "?", "[SEP]", "rent", "[SEP]"])
    assert judge.count_pair(("rent", "rent " * 1000)) == 1004


def test_a_long_question_is_refused_not_cut(judge: CrossEncoderJudge) -> None:
    with pytest.raises(PromptTooLong) as caught:
        judge.judge("rent " * WINDOW, ["rent"])
    assert caught.value.window == WINDOW


def test_a_long_word_is_read(judge: CrossEncoderJudge) -> None:
    # Broken on purpose: read_long_words left out of the constructor: each is one [UNK] then, and the two are equal.
    first, second = judge.judge(QUESTION, ["b" * 150, "z" * 150])
    assert not math.isclose(first, second, abs_tol=1e-4)


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gives 3 scores a pair"):
        CrossEncoderJudge(str(write_model(tmp_path / "classes", labels=3)))


def test_a_model_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="Check its name"):
        CrossEncoderJudge(str(tmp_path / "nothing"))
