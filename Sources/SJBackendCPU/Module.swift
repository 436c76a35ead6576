// SJBackendCPU
