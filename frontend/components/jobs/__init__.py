"""Background work on the page: from the answers of the API to Dash components."""
