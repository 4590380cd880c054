"""Who may ask: users, sessions, tokens, audit; knows neither HTTP nor the science."""
