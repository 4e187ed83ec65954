"""The conversation: its document, its single write, and what a teen may do with it."""
