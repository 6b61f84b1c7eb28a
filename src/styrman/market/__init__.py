"""Market data: one subscription for all bots that read the same candles, and the budgets of those who ask venues."""
