"""Replication as the hub offers it: what it says of its machines, their runs, and the start of one."""
