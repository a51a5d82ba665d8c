"""Risk-limiting audits with stations as batches: bounds, public draw, sequential risk. Pure: the seed is passed in."""
