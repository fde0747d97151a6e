"""What is done with a text alone: where its sentences and tables are, and what in it is hidden, secret or a mark."""
