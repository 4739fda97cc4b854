"""Pages about people and hubs."""
