"""The pages that are no conversation."""
