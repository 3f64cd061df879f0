"""The track: its geometry, who was where when, lean in the bends, drag by half laps, and who rode in whose wake."""
