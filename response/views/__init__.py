"""Pages of the desk, responses, tasks, releases and signatures."""
