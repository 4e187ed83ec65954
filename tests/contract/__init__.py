"""What the service promises to those who call it."""
