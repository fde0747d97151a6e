"""Questions, the documents that answer them, and the files that hold them."""
