"""Which rules this program adds up by, so that a definition can name them and a declaration can be held to them."""

from __future__ import annotations

NAME = "tabulation-v1"
SHA256 = "63afcdc6a42928a2262205ff6bf7f057f7acfabb7154a23521cf5e5896dd72a9"
"""Of ``specs/tabulation-v1.md``, byte for byte (a test compares it): with another text, this is another set of rules."""
