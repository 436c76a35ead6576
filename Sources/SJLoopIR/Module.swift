// SJLoopIR
