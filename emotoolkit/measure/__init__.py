"""What the local servers measure. Each number has a formula and a source; none is an emotion."""
