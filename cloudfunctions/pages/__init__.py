"""Pages that a coordinator draws: checked, kept in versions, published, served."""
