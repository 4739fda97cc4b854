"""Giving virtual machines to customers: by hand, in bulk, and by rules."""
