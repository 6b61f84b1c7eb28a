"""The store: the journal on SQLite or PostgreSQL, and a fake in memory. The only package that knows SQLAlchemy."""
