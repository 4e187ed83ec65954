"""Stories that teens write and share; nobody reads one before a person has approved its wording."""
