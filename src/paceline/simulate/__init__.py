"""What would it have looked like? Rides made from physics, faults put in on purpose, the truth beside both."""
