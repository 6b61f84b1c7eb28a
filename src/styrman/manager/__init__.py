"""The manager: desired against observed for every bot. Supervises tasks, owns no adapter."""
