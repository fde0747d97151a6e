"""The catalog that holds the truth, and the indexes derived from it."""
