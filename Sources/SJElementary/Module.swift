// SJElementary
