"""Numbers in, numbers out: effect sizes, pooling, sensitivity. Knows nothing about massage."""
