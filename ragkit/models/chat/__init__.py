"""What every chat model has in common: its messages, its thoughts left out, its answers in JSON, its tokens counted."""
