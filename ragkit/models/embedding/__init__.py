"""Embedding models, and how each wants its texts."""
