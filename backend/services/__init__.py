"""What the application does; knows neither HTTP nor the queue."""
