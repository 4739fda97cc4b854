"""Pages of backups and repositories."""
