"""How good the search is."""
