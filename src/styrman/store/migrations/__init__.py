"""The history of the schema, one file a step. Run by `schema.upgrade`; each file is frozen once released."""
