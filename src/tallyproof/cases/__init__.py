"""The life of a complaint: who may do what, what an order does to the figures, and which case matters most for a seat."""
