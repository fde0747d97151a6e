"""What a model wants to read in front of a question and in front of a document. Without it, it finds less."""

import re

_ENGLISH_BGE = "Represent this sentence for searching relevant passages: "
_CHINESE_BGE = "为这个句子生成表示以用于检索相关文章："  # noqa: RUF001 - the colon is the model's own
_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"

# The first pattern that fits the whole of the name decides: its query prefix, its document prefix, and where the
# model's makers say so, on huggingface.co.
_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (r"(multilingual-)?e5-.*instruct.*", _INSTRUCT + " ", "", "intfloat/multilingual-e5-large-instruct"),
    (r"(multilingual-)?e5-.*", "query: ", "passage: ", "intfloat/multilingual-e5-small"),
    (r"bge-m3.*", "", "", "BAAI/bge-m3"),
    (r"bge-.*-zh.*", _CHINESE_BGE, "", "BAAI/bge-small-zh-v1.5"),
    (r"bge-(small|base|large).*", _ENGLISH_BGE, "", "BAAI/bge-small-en-v1.5"),
    (r"nomic-embed-text.*", "search_query: ", "search_document: ", "nomic-ai/nomic-embed-text-v1.5"),
    (r"mxbai-embed-large.*", _ENGLISH_BGE, "", "mixedbread-ai/mxbai-embed-large-v1"),
    (r"uae-large.*", _ENGLISH_BGE, "", "WhereIsAI/UAE-Large-V1"),
    (r"snowflake-arctic-embed(2.*|-.*v2.*)", "query: ", "", "Snowflake/snowflake-arctic-embed-l-v2.0"),
    (r"snowflake-arctic-embed.*", _ENGLISH_BGE, "", "Snowflake/snowflake-arctic-embed-m"),
    (r"gte-qwen.*", _INSTRUCT + " ", "", "Alibaba-NLP/gte-Qwen2-1.5B-instruct"),
    (r"gte-.*", "", "", "Alibaba-NLP/gte-large-en-v1.5"),
    (r"qwen3-embedding.*", _INSTRUCT, "", "Qwen/Qwen3-Embedding-0.6B"),
    (r"embeddinggemma.*", "task: search result | query: ", "title: none | text: ", "google/embeddinggemma-300m"),
    (r".*minilm.*|all-mpnet.*", "", "", "sentence-transformers/all-MiniLM-L6-v2"),
)


def prefixes(model: str) -> tuple[str, str]:
    """Return the query and the document prefix of a model, by its name on Hugging Face or in Ollama.

    An owner in front and a tag behind make no difference. A model that is not known gets none: two empty strings.
    """
    name = model.rstrip("/").rsplit("/", 1)[-1].lower()
    for pattern, query, document, _page in _KNOWN:
        if re.fullmatch(pattern, name):
            return query, document
    return "", ""
