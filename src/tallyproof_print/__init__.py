"""Paper: forms, declarations and summaries as PDF, from plain data and words. Needs the extra [print]."""
