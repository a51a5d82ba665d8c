"""What becomes of a seat after the count: its states, who declared what and when, and what its holder said."""
