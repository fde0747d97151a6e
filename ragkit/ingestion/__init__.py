"""Documents to chunks in the store: what is new, changed or gone, cut, embedded, and embedded anew."""
