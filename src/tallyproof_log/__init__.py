"""What the pure log cannot do: disk, locks, clocks, HTTP, key files, pictures.

Decisions are made in ``tallyproof.record`` and ``tallyproof.log``.
"""
