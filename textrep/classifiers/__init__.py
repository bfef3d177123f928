"""Document classifiers and sequence taggers in PyTorch: batches, modules, and the networks made of them.

The modules here import PyTorch (extra ``torch``); importing this package alone does not.
"""
