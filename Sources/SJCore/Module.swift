// SJCore
