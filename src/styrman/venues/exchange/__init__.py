"""A real exchange through ccxt, in small parts. `venues/ccxt.py` puts them together; ccxt itself is imported when a venue opens."""
