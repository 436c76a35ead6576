// swift-tools-version:6.0
// The layers, from the bottom up, are described in docs/architecture.md.
import PackageDescription

let swift5: [SwiftSetting] = [.swiftLanguageMode(.v5)]

/// A Swift target of the engine: imports only what is listed, and only downwards.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swift5)
}

let package = Package(
  name: "SwiftJAX",
  products: [
    .library(name: "SwiftJAX", targets: ["SwiftJAX"]),
    .library(name: "swiftjax", type: .dynamic, targets: ["SJCAPI"]),
  ],
  targets: [
    // C: what Swift cannot express well (thread-local storage, vector kernels).
    .target(name: "CSJSupport"),
    .target(name: "CSJKernels", linkerSettings: [.linkedLibrary("m")]),

    layer("SJTypes", ["CSJSupport"]),
    layer("SJElementary"),
    layer("SJLoopIR", ["SJTypes"]),
    layer("SJCore", ["SJTypes", "SJLoopIR", "CSJSupport"]),
    layer("SJTransforms", ["SJCore"]),
    layer("SJLax", ["SJTransforms"]),
    layer("SJNumPy", ["SJLax"]),
    layer("SJRandom", ["SJNumPy"]),
    layer("SJNN", ["SJRandom"]),
    layer("SJBackendCPU", ["SJCore", "SJLoopIR", "SJElementary", "CSJKernels"]),
    layer("SwiftJAX", ["SJNN", "SJBackendCPU"]),

    // The C ABI: `include/swiftjax.h` is the contract, SJCAPI implements it.
    .systemLibrary(name: "CSwiftJAX", path: "include"),
    layer("SJCAPI", ["SwiftJAX", "CSwiftJAX"]),

    .executableTarget(name: "sjgen", dependencies: ["SJElementary"], swiftSettings: swift5),

    .testTarget(
      name: "SJKernelsTests", dependencies: ["CSJKernels"], swiftSettings: swift5),
  ]
)
