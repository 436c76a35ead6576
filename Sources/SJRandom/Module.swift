// SJRandom
