"""The vector index, derived from the catalog: where it may lie, and whether it can be trusted."""
