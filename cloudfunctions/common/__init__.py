"""Machinery that every feature stands on; it knows no feature."""
