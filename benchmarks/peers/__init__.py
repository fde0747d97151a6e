"""Other frameworks for retrieval, each put together as its own documentation does, with ragkit's default weights."""
