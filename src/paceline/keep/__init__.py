"""What is remembered: facts in the journal, bytes in blobs, samples in the lake, names with people alone."""
