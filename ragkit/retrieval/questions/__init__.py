"""What is asked: follow-ups made whole, questions to the catalog, what is unclear, what may be asked next."""
