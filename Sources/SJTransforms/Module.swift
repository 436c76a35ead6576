// SJTransforms
