"""What a run leaves behind: its record, logs, artifacts and tests."""
