"""Trading: one bot's cycle from candles to orders. Knows ports, never an adapter."""
