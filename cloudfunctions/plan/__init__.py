"""A teen's own safety plan: signs, what helps, places, people, reasons."""
