"""The command line: a client of the public API. Only `up` imports the runtime, and only when it is called."""
