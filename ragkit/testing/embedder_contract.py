"""What every embedder must keep. Subclass it in your tests and override one fixture."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ragkit.errors import PromptTooLong
from ragkit.models.embedding.embedder import Embedder, Fingerprint, Vectors

TEXTS = (
    "Notice is thirty days.",
    "The rent is due on the first of the month.",
    "Der Mieter zahlt die Kaution in drei Raten.",
    "押金在租约结束后三十天内退还。",
    "Bring your own keys 🔑 and a photo 📷.",
    "x",
)
SAME = 0.9999


class EmbedderContract:
    """The tests of an `Embedder`. It must read real text: one that gives all texts one vector fails.

    class TestMyEmbedder(EmbedderContract):
        @pytest.fixture
        def embedder(self) -> Embedder:
            return MyEmbedder()

    `same_asked` is the least cosine of a text as a question and as a document, where no prefix tells them apart.
    """

    same_asked: float = SAME

    @pytest.fixture
    def embedder(self) -> Embedder:
        """Return the embedder under test; override it."""
        raise NotImplementedError("override the fixture `embedder` and return yours")

    def test_the_same_text_has_the_same_vector(self, embedder: Embedder) -> None:
        """An index outlives the process: what a text means must not depend on when it was read."""
        first, again = embedder.embed_documents([TEXTS[0]]), embedder.embed_documents([TEXTS[0]])
        assert near(first, again), "does the model draw lots, or keep something from one call to the next?"

    def test_different_texts_have_different_vectors(self, embedder: Embedder) -> None:
        """A model that answers everything with one vector finds nothing."""
        rows = embedder.embed_documents(TEXTS[:2])
        assert not near(rows[:1], rows[1:]), "is the text read at all?"

    def test_vectors_have_length_one(self, embedder: Embedder) -> None:
        """The store takes the dot product for the cosine."""
        rows = np.vstack([embedder.embed_documents(TEXTS), embedder.embed_query(TEXTS[0])])
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4), "normalise the rows"

    def test_vectors_are_float32_of_the_dimension_of_the_fingerprint(self, embedder: Embedder) -> None:
        """A store makes room by the fingerprint."""
        rows, query = embedder.embed_documents(TEXTS), embedder.embed_query(TEXTS[0])
        assert rows.shape == (len(TEXTS), embedder.fingerprint.dimension)
        assert query.shape == (embedder.fingerprint.dimension,)
        assert rows.dtype == query.dtype == np.float32

    def test_rows_are_in_the_order_of_the_texts(self, embedder: Embedder) -> None:
        """Sorting by length, or several workers, must not be seen outside."""
        single = np.vstack([embedder.embed_documents([text]) for text in TEXTS])
        assert near(embedder.embed_documents(TEXTS), single), "are rows put back where their texts stood?"

    def test_no_texts_give_no_rows(self, embedder: Embedder) -> None:
        """A document of pictures has no chunks."""
        assert embedder.embed_documents([]).shape == (0, embedder.fingerprint.dimension)

    def test_a_text_that_fills_the_window_is_embedded(self, embedder: Embedder) -> None:
        """The window is what fits, not the first number that doesn't."""
        assert embedder.embed_documents([filling(embedder)]).shape[0] == 1

    def test_a_text_over_the_window_is_refused(self, embedder: Embedder) -> None:
        """A text that is cut in silence can't be found by its end."""
        with pytest.raises(PromptTooLong) as caught:
            embedder.embed_documents([TEXTS[0], overflowing(embedder)])
        assert caught.value.window == embedder.window
        assert caught.value.tokens > embedder.window

    def test_a_query_over_the_window_is_cut(self, embedder: Embedder) -> None:
        """A person who pastes a page as a question gets an answer to its beginning."""
        cut = embedder.embed_query(overflowing(embedder) + " " + TEXTS[0])
        assert near(cut, embedder.embed_query(overflowing(embedder))), "is the end of the question still read?"

    def test_prefixes_are_put_in_front(self, embedder: Embedder) -> None:
        """A prefix that is in the fingerprint but not before the text makes vectors that lie about themselves."""
        query, document = embedder.fingerprint.query_prefix, embedder.fingerprint.document_prefix
        asked, stored = embedder.embed_query(TEXTS[0]), embedder.embed_documents([TEXTS[0]])[0]
        alike = near(asked, stored, least=self.same_asked)
        assert alike == (query == document), "which prefix does each side put in front?"
        if not document:
            assert near(asked, embedder.embed_documents([query + TEXTS[0]])[0], least=self.same_asked)

    def test_any_string_has_a_vector(self, embedder: Embedder) -> None:
        """Files hold empty lines, NULs and halves of characters."""
        rows = embedder.embed_documents(["", "\x00", "half \ud83d of one", "\u202eback"])
        assert np.all(np.isfinite(rows))

    def test_threads_do_not_disturb_each_other(self, embedder: Embedder) -> None:
        """Every page of the web interface is a thread, and they share one embedder."""
        expected = np.vstack([embedder.embed_query(text) for text in TEXTS])
        with ThreadPoolExecutor(8) as pool:
            rows = np.vstack(list(pool.map(embedder.embed_query, TEXTS * 4)))
            batches = list(pool.map(embedder.embed_documents, [TEXTS] * 4))
        assert near(rows, np.vstack([expected] * 4))
        assert all(near(batch, batches[0]) for batch in batches)

    def test_the_fingerprint_survives_storage(self, embedder: Embedder) -> None:
        """A store compares it with the one it was built with."""
        assert Fingerprint.from_json(embedder.fingerprint.to_json()) == embedder.fingerprint
        assert embedder.fingerprint.revision, "without a revision, a new version of the model goes unnoticed"


def near(left: Vectors, right: Vectors, *, least: float = SAME) -> bool:
    """Tell whether rows are the same but for the last bits, which another batch may change."""
    return left.shape == right.shape and bool(np.all(np.sum(left * right, axis=-1) > least))


def filling(embedder: Embedder) -> str:
    """Return the longest text of the word `a` that fits the window."""
    return "a" + " a" * max(n for n in range(embedder.window) if fits(embedder, "a" + " a" * n))


def overflowing(embedder: Embedder) -> str:
    """Return a text of twice as many words as the window has tokens."""
    return "tenant landlord " * embedder.window


def fits(embedder: Embedder, text: str) -> bool:
    """Tell whether the text is within the window, by the embedder's own count."""
    return embedder.count_tokens(text) <= embedder.window
