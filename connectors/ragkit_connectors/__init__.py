"""Connectors that come with ragkit, through the same public entry-point group as anyone else's."""
