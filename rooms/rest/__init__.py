"""What every endpoint of the API shares: answers to errors, pages of lists, limits, repeats."""
