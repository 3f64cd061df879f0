"""What a model can recognise: windows of motion, models that compete, repetitions, and what runs on the device."""
