"""Files of vectors: one module a format, each with a `Format` object, and a registry that finds the right one."""
