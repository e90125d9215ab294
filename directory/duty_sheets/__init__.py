"""A month of duty in and out: what an office's sheet says, who takes turns, what either would change."""
