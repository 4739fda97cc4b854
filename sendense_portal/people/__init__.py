"""Invitations, roles, sessions: who may sign in, and as what."""
