"""Official acts as verbs: each asks the core whether it may be done, and gives the entry to sign. One for commands and web."""
