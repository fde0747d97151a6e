"""Retrieval-augmented applications on open models, with citations checked word for word."""
