"""What was ingested, and the ways to search it: a catalog that holds the truth, and two indexes derived from it.

`Catalog` is the database of a folder: its transactions, and whichever file lies there now. `Reader` lists what is in
it, and has `Search` find what is near a question: in `Memory`, or on the disk where memory does not serve, by the
vectors of the catalog or by Chroma, as far as `TrustedIndex` knows that to be whole. `Store` is a `Reader` that writes.
"""
