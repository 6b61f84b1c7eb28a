"""Compute: where strategies run. Inline, in a thread, or in worker processes that can be killed; starts no bot and sends no order."""
