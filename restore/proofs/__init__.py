"""Proof of restore: by night some files of each machine are read, as a person would download them."""
