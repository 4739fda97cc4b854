"""What the hub says of repositories and backups, as rows."""
