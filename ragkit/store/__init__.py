"""What was ingested, and the ways to search it: a catalog that holds the truth, and two indexes derived from it."""
