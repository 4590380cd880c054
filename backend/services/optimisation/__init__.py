"""What the jobs of class optimisation and sequence design share."""
