"""What a model wants to read in front of a question and in front of a document. Without it, it finds less."""

from ragkit.models.embedding.catalogue import family


def prefixes(model: str) -> tuple[str, str]:
    """Return the query and the document prefix of a model, by its name on Hugging Face or in Ollama.

    An owner in front and a tag behind make no difference. A model that is not known gets none: two empty strings.
    """
    known = family(model)
    return (known.query, known.document) if known else ("", "")
