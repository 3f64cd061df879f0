"""What we talk about: frozen types that all share and that depend on nothing."""
