"""Settings of the whole test run."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No deadline: a machine that is busy with other things says nothing about our code. TALLYPROOF_EXAMPLES asks for more examples.
settings.register_profile("tallyproof", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tallyproof")
