"""The metrics, one noun a module. Every public function is a dataflow node and an entry of the catalogue."""
