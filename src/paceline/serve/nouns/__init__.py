"""The routes, one noun a file; each file's `ROUTES` are lines of the one table."""
