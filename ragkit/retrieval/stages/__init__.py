"""What comes behind the search: other wordings, judges, limits for each document, whole sections."""
