"""The parts of the paper venue: a real market's public side, our own account, and the fills between the two."""
