"""Parts of coming in that need no database."""
