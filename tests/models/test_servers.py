"""Several servers as one, and the line in front of a busy one."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ragkit import wiring
from ragkit.config import Config, ModelsConfig
from ragkit.errors import ModelBusy, ModelFailed, ModelTimeout, ModelUnavailable
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_chat import OllamaChat
from ragkit.models.transport.servers import Servers
from ragkit.models.transport.waiting_line import LineFull, WaitingLine, line_for
from ragkit.parts import prepare_in_background
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble

pytestmark = pytest.mark.timeout(30)

NOBODY = "http://127.0.0.1:9"


class Stub:
    """A server that fails, or says its url in two pieces. `calls` counts how often it was asked."""

    before = 0

    def __init__(self, url: str, *faults: Exception | None, breaks: bool = False) -> None:
        self.url = url
        self.calls = 0
        self._faults = list(faults)
        self._breaks = breaks

    def say(self) -> Iterator[str]:
        self.calls += 1
        fault = self._faults.pop(0) if self._faults else None
        if fault:
            raise fault
        yield self.url
        if self._breaks:
            raise ModelFailed("broke", model="m", partial=self.url)
        yield "!"


def said(servers: Servers[Stub]) -> str:
    return "".join(piece for _, piece in servers.stream("m", Stub.say))


def gone() -> ModelUnavailable:
    return ModelUnavailable("no server on a", model="m")


def busy(after: float | None = 0) -> ModelBusy:
    return ModelBusy("busy", model="m", retry_after=after)


def test_the_first_server_answers_as_long_as_it_can() -> None:
    first, second = Stub("a"), Stub("b")
    assert said(Servers([first, second])) == "a!"
    assert (first.calls, second.calls) == (1, 0)


def test_a_server_that_fails_before_its_first_piece_is_left_for_the_next_and_for_a_while() -> None:
    # Broken on purpose: without `self._cold[...] = ...` in Servers._begun the first one is asked at every question.
    now = [0.0]
    first, second = Stub("a", gone()), Stub("b")
    servers = Servers([first, second], cooldown=30, clock=lambda: now[0])
    assert said(servers) == said(servers) == "b!"
    assert first.calls == 1
    now[0] = 31
    assert said(servers) == "a!"


def test_an_answer_that_breaks_in_the_middle_is_never_begun_anew() -> None:
    first, second = Stub("a", breaks=True), Stub("b")
    with pytest.raises(ModelFailed) as caught:
        said(Servers([first, second]))
    assert caught.value.partial == "a"
    assert second.calls == 0


def test_a_silent_server_has_used_the_time_up_and_is_asked_last_afterwards() -> None:
    first, second = Stub("a", ModelTimeout("silent", model="m")), Stub("b")
    servers = Servers([first, second])
    with pytest.raises(ModelTimeout):
        said(servers)
    assert said(servers) == "b!"


def test_error_tells_what_each_of_the_servers_said() -> None:
    with pytest.raises(ModelUnavailable, match=r"none of 2 servers can answer\. no server on a\. no model on b"):
        said(Servers([Stub("a", gone()), Stub("b", ModelUnavailable("no model on b", model="m"))]))
    with pytest.raises(ModelUnavailable, match=r"^no server on a$"):
        said(Servers([Stub("a", gone())]))


def test_busy_servers_are_asked_again_until_the_patience_ends() -> None:
    once = Stub("a", busy(), busy())
    assert said(Servers([once], patience=5, pause=0.01)) == "a!"
    assert once.calls == 3
    start, never = time.monotonic(), Stub("a", *[busy()] * 99)
    with pytest.raises(ModelBusy):
        said(Servers([never], patience=0.3, pause=0.05))
    assert 1 < never.calls < 6
    assert time.monotonic() - start < 1.3


def test_a_busy_server_is_given_the_time_that_it_asks_for_and_no_more_than_there_is() -> None:
    # Broken on purpose: `max(after, pause)` without `after` in _wait.
    start = time.monotonic()
    with pytest.raises(ModelBusy):
        said(Servers([Stub("a", busy(after=60))], patience=5, pause=0.01))
    assert time.monotonic() - start < 1
    assert said(Servers([Stub("a", busy(after=0.2))], patience=5, pause=0.01)) == "a!"
    assert time.monotonic() - start >= 0.2


def test_own_line_that_is_full_is_told_at_once() -> None:
    full = Stub("a", busy(after=None))
    with pytest.raises(ModelBusy):
        said(Servers([full], patience=60))
    assert full.calls == 1


def test_a_free_server_goes_before_one_with_a_line() -> None:
    first, second = Stub("a"), Stub("b")
    first.before = 2
    assert said(Servers([first, second])) == "b!"


def test_ollama_that_has_the_model_answers_for_those_that_have_not() -> None:
    with OllamaDouble(ScriptedChat("no"), name="other") as one, OllamaDouble(ScriptedChat("Yes.")) as two:
        servers = Servers([OllamaServer(url) for url in (NOBODY, one.url, two.url)])
        chat = OllamaChat(server=servers, model="scripted")
        assert str(chat.invoke("Rent?").text).strip() == "Yes."
        assert one.bodies("/api/chat") == []
        two.busy = 1
        assert list(chat.stream("Rent?"))


def test_settings_may_name_several_servers() -> None:
    with OllamaDouble(ScriptedChat("Yes.")) as double:
        for url in (f"{NOBODY}, {double.url}", [NOBODY, double.url]):
            config = Config(models=ModelsConfig.model_validate({"url": url, "timeout": 5}))
            engine = wiring.chat_engine("auto", config, embedder=WordEmbeddings)
            assert engine.name == "ollama:scripted:latest"
            assert str(engine.chat.invoke("Rent?").text).strip() == "Yes."


def test_server_that_is_busy_once_is_asked_again_as_it_said() -> None:
    with OllamaDouble(ScriptedChat("Yes.")) as double:
        double.busy, double.retry_after = 1, 1
        start = time.monotonic()
        assert OllamaChat(server=OllamaServer(double.url, timeout=5), model="scripted").invoke("Rent?").text
        assert time.monotonic() - start >= 1
        assert len(double.bodies("/api/chat")) == 2


def together(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_line_lets_in_no_more_than_it_should_and_all_in_their_turn() -> None:
    # Broken on purpose: `islice(self._tickets, self.most + 1)` in WaitingLine.place.
    line, inside, most, done = WaitingLine(most=2, waiting=50), [0], [0], list[int]()
    counting = threading.Lock()

    def work(number: int) -> None:
        with line.place(patience=10):
            with counting:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.005)
            with counting:
                inside[0] -= 1
                done.append(number)

    together(40, work)
    assert (most[0], len(done), line.before) == (2, 40, 0)


def test_line_that_is_full_refuses_at_once_and_a_long_wait_ends() -> None:
    line = WaitingLine(most=1, waiting=0)
    with line.place(patience=1), pytest.raises(LineFull), line.place(patience=1):
        pass
    line = WaitingLine(most=1, waiting=1)
    start = time.monotonic()
    with line.place(patience=1), pytest.raises(LineFull), line.place(patience=0.1):
        pass
    assert time.monotonic() - start < 0.9
    with line.place(patience=0):
        assert line.before == 1


def test_all_who_ask_a_server_stand_in_the_same_line() -> None:
    held = line_for("http://a", most=1)
    assert line_for("http://a", most=1) is held
    assert line_for("http://b", most=1) is not held


class SlowChat(ScriptedChat):
    """Counts how many it answers at once."""

    _now: int = 0
    _most: int = 0

    def _next(self, messages: list[object]) -> str:  # type: ignore[override]
        self._now += 1
        self._most = max(self._most, self._now)
        time.sleep(0.02)
        self._now -= 1
        return "Yes."


def test_questions_of_many_sessions_reach_the_server_one_by_one_and_the_excess_is_refused_at_once() -> None:
    slow, refused, answered = SlowChat(), list[float](), list[str]()  # type: ignore[call-arg]  # the plugin sees no __init__
    with OllamaDouble(slow) as double:
        line = WaitingLine(most=1, waiting=8)
        chat = OllamaChat(server=OllamaServer(double.url, timeout=10, line=line), model="scripted")

        def session(number: int) -> None:
            start = time.monotonic()
            try:
                answered.append(str(chat.invoke(f"Question {number}?").text))
            except ModelBusy:
                refused.append(time.monotonic() - start)

        assert chat.window
        together(30, session)
    assert slow._most == 1
    assert len(answered) >= 9
    assert len(answered) + len(refused) == 30
    assert max(refused, default=0) < 1


def test_a_stream_that_is_let_go_leaves_its_place() -> None:
    with OllamaDouble(ScriptedChat("one two three")) as double:
        line = WaitingLine(most=1, waiting=0)
        chat = OllamaChat(server=OllamaServer(double.url, timeout=2, line=line), model="scripted")
        pieces = chat.stream("Rent?")
        next(pieces)
        with pytest.raises(ModelBusy, match=r"Ask again in a moment, or raise models\.parallel"):
            chat.invoke("And now?")
        del pieces
        assert chat.invoke("And now?").text


def test_model_is_loaded_ahead_as_the_questions_will_want_it() -> None:
    # Broken on purpose: {"num_ctx": self.num_ctx} in OllamaChat.prepare has the server load the model twice.
    with OllamaDouble(ScriptedChat("Yes."), window=4096) as double:
        config = Config(models=ModelsConfig.model_validate({"url": double.url, "keep_alive": -1}))
        engine = wiring.chat_engine("ollama:scripted", config, embedder=WordEmbeddings)
        prepare_in_background(engine.prepare).join(5)
        engine.chat.invoke("Rent?")
        (loaded,), (asked,) = double.bodies("/api/generate"), double.bodies("/api/chat")
        assert loaded == {"model": "scripted", "options": {"num_ctx": 4096}, "stream": False, "keep_alive": -1}
        assert (asked["options"]["num_ctx"], asked["keep_alive"]) == (4096, -1)


def test_loading_ahead_that_fails_is_left_to_the_first_question() -> None:
    def missing() -> None:
        raise ModelUnavailable("no", model="m")

    prepare_in_background(missing).join(5)


@pytest.mark.parametrize(("written", "sent"), [("30m", "30m"), ("-1", -1), ("600", 600), ("1h30m", "1h30m")])
def test_keep_alive_is_sent_as_ollama_reads_it(written: str, sent: object) -> None:
    with OllamaDouble(ScriptedChat("Yes.")) as double:
        # Broken on purpose: the setting's pattern with one number and one unit, which refused "1h30m".
        keep_alive = ModelsConfig(keep_alive=written).keep_alive
        OllamaChat(server=OllamaServer(double.url), model="scripted", keep_alive=keep_alive).invoke("Rent?")
        assert double.bodies("/api/chat")[0]["keep_alive"] == sent
