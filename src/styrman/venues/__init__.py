"""Venues: where orders go. A simulated one, a paper one, real exchanges."""
