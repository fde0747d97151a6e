"""How good the search is, measured on questions whose documents are known."""
