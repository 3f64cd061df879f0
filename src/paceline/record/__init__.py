"""What did the device say? Files become recordings: streams on their own clocks, a flag for every reading."""
