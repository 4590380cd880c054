"""Speed, memory and start-up, each printed beside a named reference measured in the same run."""
