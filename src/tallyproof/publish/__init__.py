"""What leaves the system: reports of cases and seats, evidence bundles. Same input, same bytes."""
