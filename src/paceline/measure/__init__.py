"""What does it mean? Metrics as dataflow nodes, and what they rest on."""
