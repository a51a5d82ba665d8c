"""The public log as pure functions: Merkle trees, checkpoints, tiles, proofs, policies, what a witness decides. ``specs/log-v1.md``."""
