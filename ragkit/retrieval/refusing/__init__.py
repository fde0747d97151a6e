"""Whether what was found answers the question, or has to be refused."""
