"""From an accepted record to bytes that can be signed, and back: canonical JSON, signed notes, keys, entries, who may sign what."""
