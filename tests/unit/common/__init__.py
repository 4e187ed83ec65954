"""The machinery, part by part."""
