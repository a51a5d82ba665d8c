"""Statistical leads, one method a module. A lead is a question about stations, never evidence of a motive."""
