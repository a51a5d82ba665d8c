"""The report as static pages: English and Urdu, no server, no script needed, no third-party request.

``build(report, rows, out, words)`` is all there is. The pages know the report document and nothing else: no table,
no engine, no clock. The same report gives the same bytes.
"""

from tallyproof_site.pages import build

__all__ = ["build"]
