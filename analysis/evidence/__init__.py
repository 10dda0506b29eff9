"""What was published, what is claimed, and what follows."""
