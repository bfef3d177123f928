"""Documents as bags of features, counted without strings: the work of one-hot, count and TF-IDF vectorizers."""
