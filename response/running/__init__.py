"""A response while it runs: orders, conferences, situation summaries, reinforcement, handover, forces on the spot."""
