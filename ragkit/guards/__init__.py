"""Rules that stand before and after the model, outside it."""
