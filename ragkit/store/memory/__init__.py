"""What a search needs of the catalog, as arrays in memory."""
