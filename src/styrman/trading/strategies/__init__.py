"""The strategies we ship, one to a file. They are imported when a bot names them, never before."""
