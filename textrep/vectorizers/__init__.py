"""Vectorizers: scikit-learn estimators that turn documents into matrices and hand their word vectors to a store."""
