"""Whether an explanation may be believed: measures of agreement, thresholds as data, one verdict."""
