"""Which language a question has, and ragkit's own sentences in it."""
