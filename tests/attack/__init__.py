"""What must not happen, whatever is sent."""
