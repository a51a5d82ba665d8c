"""Paper: forms, declarations and summaries as PDF, from plain data and words. Needs the extra [print]."""

from tallyproof_print.layouts import (
    Candidate,
    Declaration,
    Fetch,
    StationForm,
    Summary,
    declaration,
    retrieval_list,
    station_form,
    summary,
    tally_sheets,
)
from tallyproof_print.press import PrintError, chunks

__all__ = [
    "Candidate",
    "Declaration",
    "Fetch",
    "PrintError",
    "StationForm",
    "Summary",
    "chunks",
    "declaration",
    "retrieval_list",
    "station_form",
    "summary",
    "tally_sheets",
]
