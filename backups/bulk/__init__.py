"""Several machines or backups in one act: what it would do, doing it, and what became of each."""
