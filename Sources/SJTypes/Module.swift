// SJTypes
