import CSJStart
import SJBackendCPU

@_cdecl("swiftjax_face_start") @implementation
public func swiftjax_face_start() { CPUBackend.install() }
