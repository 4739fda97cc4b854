"""Pages of restore: points, open mounts, files, downloads."""
