"""Pages of cases, reports and their clocks."""
