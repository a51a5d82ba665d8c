"""tallyproof: from the polling-station door to the seat, provable by anyone.

The rooms stand in the order the data travels: ``errors``, ``model``, ``formats``, ``capture``, ``tabulate``,
``compare``, ``findings``, ``cli``. A room imports only rooms before it. Everything but ``cli`` is pure: no clock,
no network, no environment, no random state that was not passed in.
"""

__version__ = "0.1.0"
