"""Resource to document: bytes become text with sections and pages, in a child process with limits."""
