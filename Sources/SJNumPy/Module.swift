// SJNumPy
