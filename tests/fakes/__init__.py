"""Servers that speak an outside contract to the letter, with switches for its failures."""
