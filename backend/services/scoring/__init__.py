"""What the jobs that score many sequences or genes share."""
