"""Who asks from outside? The HTTP interface: one table of routes, one permission check, one way to say no."""
