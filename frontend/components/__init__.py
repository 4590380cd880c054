"""From the wire contract to Dash components; nothing here asks the API."""
