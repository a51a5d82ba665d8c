"""What is on paper."""
