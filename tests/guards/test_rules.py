"""Rules as users write them: what fits, what does not, and what the error says."""

import pytest

from ragkit.errors import ConfigError
from ragkit.guards.rules import RuleSet

HEAD = '[[rule]]\ngroup = "pain"\naction = "emergency"\nsource = "test"\nchecked = 2026-11-22\n'


def rules(*patterns: str, more: str = "") -> RuleSet:
    return RuleSet.from_toml(f"{more}\n{HEAD}patterns = {list(patterns)}", origin="mine.toml")


def fits(pattern: str, text: str, more: str = "") -> bool:
    return rules(pattern, more=more).check(text) is not None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("chest", "my chest"),
        ("chest", "MY CHEST!!"),
        ("chest", "my chést"),
        ("heart attack", "a heart attack"),
        ("chest + pain", "pain in the chest"),
        ("chest > pain", "chest is full of pain"),
        ("chest + pain | ache", "ache in the chest"),
        ("breath*", "breathing"),
        ("cant > breath*", "I can\u2019t breathe"),
        ("chest + pain", "chest. Pain"),
        ("sweling", "swelling"),
        ("help", "helllp"),
        ("chest", "\uff43\uff48\uff45\uff53\uff54"),
        ("chest", "che\u200bst"),
        ("short of breath", "short-of-breath"),
        ("seizure", "a seizrue"),
        ("unconscious", "unconcious"),
        ("38*", "it says 38.5"),
        ("dolor", "DOLÓR"),
    ],
)
def test_pattern_fits(pattern: str, text: str) -> None:
    assert fits(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("chest", "chestnut"),
        ("heart attack", "attack on the heart"),
        ("heart attack", "heart. attack"),
        ("chest > pain", "pain in the chest"),
        ("chest + pain ~2", "chest one two three pain"),
        ("chest + pain ~3", "chest one. pain"),
        ("pain + pain", "pain"),
        ("chest", "chess"),
        ("pain", ""),
        ("pain", "12 !? \u2026"),
        ("fell", "I feel"),
    ],
)
def test_pattern_does_not_fit(pattern: str, text: str) -> None:
    assert not fits(pattern, text)


def test_slip_of_the_keyboard_is_found_in_slippery_words_but_not_in_lookalikes() -> None:
    more = 'slippery = ["chest"]\nlookalikes = ["chess"]'

    assert fits("chest", "my chesst, chets, cheste", more)
    assert not fits("chest", "I play chess", more)


def test_match_tells_group_action_words_and_source() -> None:
    match = rules("chest + @pain", more='[words]\npain = ["pain", "hurt*"]').check("It HURTS in my Chest")

    assert match is not None
    assert (match.group, match.action, match.words, match.source) == ("pain", "emergency", ("chest", "hurts"), "test")


def test_last_turns_are_read_together_and_older_ones_are_not() -> None:
    mine = rules("chest + pain ~9")

    assert mine.check("there is pain", history=["my chest"])
    assert mine.check("ok", history=["my chest", "there is pain"])
    assert mine.check("ok", history=["chest pain", "a", "b", "c", "d"]) is None


def test_rule_with_times_needs_as_many_turns() -> None:
    mine = RuleSet.from_toml(HEAD + 'times = 2\npatterns = ["useless"]')

    assert mine.check("useless useless") is None
    assert mine.check("still useless", history=["this is useless"])


def test_first_rule_of_the_file_is_reported() -> None:
    second = HEAD.replace('"pain"', '"other"') + 'patterns = ["chest"]'
    match = RuleSet.from_toml(f'{HEAD}patterns = ["pain"]\n{second}').check("chest pain")

    assert match is not None
    assert match.group == "pain"


def test_nothing_is_excused_without_excuses() -> None:
    assert fits("chest pain", "no chest pain")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("patterns = [", "mine.toml is not TOML"),
        ("", "rule"),
        (HEAD, "patterns"),
        (HEAD + 'patterns = ["a"]\npattern = 1', "Did you mean 'patterns'?"),
        (HEAD.replace("emergency", "panic") + 'patterns = ["a"]', "action"),
        (HEAD.replace("2026-11-22", '"soon"') + 'patterns = ["a"]', "checked"),
        (HEAD + "patterns = []", "rule 'pain' has no patterns"),
        (HEAD + 'patterns = ["a + "]', "a part of it is empty"),
        (HEAD + 'patterns = ["a | | b"]', "a part of it is empty"),
        (HEAD + 'patterns = ["@limb"]', "no list 'limb'"),
        (HEAD + 'patterns = ["a + b ~x"]', "'x' after"),
        (HEAD + 'patterns = ["(a+)+"]', "'(a' is not a word"),
        (HEAD + 'patterns = ["spo2"]', "'spo2' is not a word"),
        (HEAD + 'patterns = ["*"]', "is not a word"),
        ('[excuses]\nnegator = ["no"]\n' + HEAD + 'patterns = ["a"]', "Did you mean 'negators'?"),
        ('[excuses]\ntimes = ["a b c d"]\n' + HEAD + 'patterns = ["a"]', "more than 3 words"),
        ("[words]\nlimb = 3\n" + HEAD + 'patterns = ["a"]', "words.limb"),
    ],
)
def test_mistake_in_a_rule_file_is_named(toml: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        RuleSet.from_toml(toml, origin="mine.toml")

    assert "mine.toml" in str(caught.value)
    assert told in str(caught.value)


def test_unknown_set_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(ConfigError, match="escalation, redflags"):
        RuleSet.load("../redflags")


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("I want to talk to a human", "wants_human"),
        ("get me a real person please", "wants_human"),
        ("can I speak with your manager", "wants_human"),
        ("quiero hablar con una persona", "wants_human"),
        ("I need a manager", "wants_human"),
        ("can you put me through to an agent", "wants_human"),
        ("is there a human I can talk to", "wants_human"),
        ("I need a real human agent", "wants_human"),
        ("let me speak to someone", "wants_human"),
        ("you'll hear from my lawyer", "legal_or_complaint"),
        ("I want a lawyer", "legal_or_complaint"),
        ("my attorney will contact you", "legal_or_complaint"),
        ("I want to make a formal complaint", "legal_or_complaint"),
        ("there was a data breach", "data_or_account_breach"),
        ("I want to report a data leak", "data_or_account_breach"),
        ("my account was hacked", "data_or_account_breach"),
        ("someone logged into my account", "data_or_account_breach"),
        ("somebody has changed my email address", "data_or_account_breach"),
        ("my password was changed and it wasn't me", "data_or_account_breach"),
        ("I think someone else is using my account", "data_or_account_breach"),
        ("I'll file a chargeback", "legal_or_complaint"),
        ("how many times do I have to explain this", "says_it_keeps_failing"),
        ("I can see another customer's invoice", "data_or_account_breach"),
        ("this is the third time I ask", "says_it_keeps_failing"),
        ("I already told you twice", "says_it_keeps_failing"),
    ],
)
def test_support_hands_over_to_a_person(text: str, group: str) -> None:
    match = RuleSet.load("escalation").check(text)

    assert match is not None
    assert (match.action, match.group) == ("escalate", group)


def test_support_hands_over_when_somebody_is_unhappy_twice() -> None:
    escalation = RuleSet.load("escalation")

    assert escalation.check("that doesn't help") is None
    match = escalation.check("that doesn't help", history=["it still does not work"])
    assert match is not None
    assert match.group == "repeated_frustration"


@pytest.mark.parametrize(
    "text",
    [
        "How do I reset my password?",
        "Where is my invoice?",
        "Which plan has SSO?",
        "The export fails with error 502",
        # Broken on purpose: without the lookalikes "change" is taken for a slip of "changed".
        "How do I change my password?",
        "I changed my email address and get no mails",
        "How do I let someone else use my account?",
        "I want to add an employee",
        "How do I give a staff member access?",
        "Can I let the manager approve invoices?",
        "How do I transfer a plan to another person?",
        "How do I book a chargeback?",
        "How many times can I try my password?",
        "Do I need a lawyer to sign the DPA?",
        "How do you notify us of a data breach?",
    ],
)
def test_support_answers_ordinary_questions_itself(text: str) -> None:
    assert RuleSet.load("escalation").check(text) is None
