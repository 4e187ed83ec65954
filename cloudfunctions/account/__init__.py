"""Coming in: teens by their device, staff by an invitation."""
