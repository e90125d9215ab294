"""Prevention (cyber 3.1, 3.2.2; comms 3.1, 3.2): rounds of hazard checks and risk findings, tracked until mended."""
