"""What only the histone-mark page is made of."""
