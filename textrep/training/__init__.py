"""Training without scikit-learn: settings and an encoded corpus in, matrices out.

The estimators of `textrep.vectorizers` and the one-call `textrep.embed` are two thin faces of what is here; the second
starts a second and a half faster, because importing scikit-learn takes that long.
"""
