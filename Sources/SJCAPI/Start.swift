import CSJHost
import SJBackendCPU

@_cdecl("swiftjax_start") @implementation
public func swiftjax_start() { CPUBackend.install() }
