"""What happens to a question beside the search: refused by rule, answered in writing, checked, quoted, gone on from."""
