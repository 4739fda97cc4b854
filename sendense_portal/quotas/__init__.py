"""How much a customer may use, and how much is used: one place for all ways of starting."""
