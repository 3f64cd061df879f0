"""Products over HTTP: both sides of the contract enforced, versions beside each other, none in the other's way."""
