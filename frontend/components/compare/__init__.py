"""What the page of comparisons is made of."""
