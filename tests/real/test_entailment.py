"""A cross-encoder that was trained on entailment, as a judge of claims: a tiny BERT of random weights, made here."""

import json
from pathlib import Path

import pytest

from ragkit import wiring
from ragkit.config import Config, ModelsConfig
from ragkit.errors import ConfigError, ModelUnavailable
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.judging.cross_encoder import EntailmentGrounder
from ragkit.testing import ScriptedChat
from tests.real.test_cross_encoder import write_model

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

CLAIM = "the rent is due ."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_model(tmp_path_factory.mktemp("entailment") / "tiny", labels=3)
    config = json.loads((made / "config.json").read_text())
    config["id2label"] = {"0": "contradiction", "1": "entailment", "2": "neutral"}
    config["label2id"] = {"contradiction": 0, "entailment": 1, "neutral": 2}
    (made / "config.json").write_text(json.dumps(config))
    return made


def test_a_claim_has_a_probability(folder: Path) -> None:
    judge = EntailmentGrounder(str(folder))
    likely = [judge.probability(CLAIM, passage) for passage in ("the rent is due .", "a refund takes five days .")]
    assert all(0 < one < 1 for one in likely)
    assert likely[0] != likely[1]


# Broken on purpose: `parted(...)[:1]` in cross_encoder.py does not read the end of the passage.
def test_a_passage_over_the_window_is_judged_by_its_best_part(folder: Path) -> None:
    judge = EntailmentGrounder(str(folder))
    long = "a refund takes five days . " * 40
    assert judge.probability(CLAIM, long + CLAIM) >= judge.probability(CLAIM, long) - 1e-6


def test_the_setting_loads_it_once(folder: Path) -> None:
    config = Config(models=ModelsConfig(groundedness=f"cross-encoder:{folder}"))
    engine = ChatEngine(name="scripted", chat=ScriptedChat(), window=1000)
    assert wiring.grounder(config, engine) is wiring.grounder(config, engine)


def test_a_model_without_entailment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is called entailment"):
        EntailmentGrounder(str(write_model(tmp_path / "plain", labels=3)))


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="could not be loaded"):
        EntailmentGrounder(str(tmp_path / "nothing"))
