"""The catalogue of files: walked in the background, searched, and compared over time."""
