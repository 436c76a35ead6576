// SJLax
