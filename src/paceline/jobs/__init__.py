"""Run it: one idempotent, resumable function for each thing that is done with what is kept."""
