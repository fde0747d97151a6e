"""The truth about a store, in one SQLite database: its tables, and what is written to and read from them."""
