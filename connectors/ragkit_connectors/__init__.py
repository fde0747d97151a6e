"""Connectors that come with ragkit. They use the public way in, like anyone's: the entry-point group ragkit.connectors."""
