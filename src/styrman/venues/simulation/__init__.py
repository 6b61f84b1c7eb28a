"""The parts of the simulated venue: its market, its time, its matching, its account, its journal."""
