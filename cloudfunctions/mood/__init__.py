"""How a teen's days were: a face, feelings, and words that only they can read."""
