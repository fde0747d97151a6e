"""The engine that writes nothing of its own: the sentences that answer, word for word."""
