"""Settings chosen on one's own questions."""
