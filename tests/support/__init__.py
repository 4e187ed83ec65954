"""What tests stand on: a real running copy of the service, and people who use it."""
