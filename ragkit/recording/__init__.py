"""Answers on record: what was asked, what was read and said, kept so that it can be looked at and run again."""
