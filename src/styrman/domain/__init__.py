"""Frozen values and tables of moves. No I/O, no clock, no asyncio."""
