"""What should happen next? Pacing and prediction, from arrays and tables that are handed in."""
