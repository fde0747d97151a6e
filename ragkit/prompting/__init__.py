"""What a model reads: passages, history and question within its window, and what of it is not read twice."""
