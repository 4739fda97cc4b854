"""What proves afterwards what was taken: a signed manifest a download, and a script that checks it."""
