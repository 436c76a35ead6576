// swift-tools-version:6.0
// The layers, from the bottom up, are described in docs/architecture.md.
import PackageDescription

let swift5: [SwiftSetting] = [.swiftLanguageMode(.v5)]

/// A Swift target of the engine: imports only what is listed, and only downwards.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swift5)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: swift5)
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
    .target(name: "CSJLibrary", linkerSettings: [.linkedLibrary("m")]),

    layer("SJTypes", ["CSJSupport"]),
    layer("SJElementary"),
    layer("SJLoopIR", ["SJTypes", "CSJSupport"]),
    layer("SJCore", ["SJTypes", "SJLoopIR", "CSJSupport"]),
    layer("SJLax", ["SJCore"]),
    layer("SJTransforms", ["SJLax"]),
    layer("SJControl", ["SJTransforms"]),
    layer("SJNumPy", ["SJControl"]),
    layer("SJRandom", ["SJNumPy"]),
    layer("SJNN", ["SJRandom"]),
    // LLVM, by way of a library of its own (scripts/build-compiler.sh) that is loaded at
    // run time: building the package needs no LLVM.
    .target(name: "CSJCompiler", exclude: ["llvm"], linkerSettings: [.linkedLibrary("m")]),
    layer("SJCompilerLLVM", ["SJTypes", "SJLoopIR", "SJElementary", "CSJCompiler", "CSJKernels"]),
    layer("SJBackendCPU", ["SJCore", "SJLoopIR", "SJCompilerLLVM", "CSJKernels", "CSJLibrary", "CSJSupport"]),

    // The face for Swift programs.
    .target(name: "CSJStart"),
    layer("SwiftJAX", ["SJNN", "SJBackendCPU", "CSJStart"]),

    // The C ABI: `include/swiftjax.h` is the contract, SJCAPI implements it.
    .systemLibrary(name: "CSwiftJAX", path: "include"),
    .target(name: "CSJHost"),
    layer("SJCAPI", ["SJNN", "SJBackendCPU", "CSwiftJAX", "CSJHost"]),

    .executableTarget(name: "sjgen", dependencies: ["SJElementary"], swiftSettings: swift5),

    tests("SJKernelsTests", ["CSJKernels"]),
    tests("SJLibraryTests", ["CSJLibrary"]),
    tests("SJBackendTests", ["SJBackendCPU", "SJLoopIR", "CSJKernels", "CSJLibrary"]),
    tests("SJCompilerLLVMTests", ["CSJKernels", "SJCompilerLLVM", "SJBackendCPU", "SJElementary", "SJLoopIR"]),
    // Golden tables, shared by test targets.
    .target(name: "SJGolden", dependencies: ["SJCore"], path: "Tests/SJGolden", swiftSettings: swift5),
    // A call or more of every primitive, and ways to run one, shared by test targets.
    .target(
      name: "SJHarnesses", dependencies: ["SJControl", "SJBackendCPU"], path: "Tests/SJHarnesses", swiftSettings: swift5),
    tests("SJLaxTests", ["SJControl", "SJBackendCPU", "SJGolden", "SJHarnesses", "CSJCompiler"]),
    tests("SJNumPyTests", ["SJNumPy", "SJBackendCPU", "SJGolden"]),
    tests("SJControlTests", ["SJControl", "SJBackendCPU", "SJLoopIR"]),
    tests("SwiftJAXTests", ["SwiftJAX"]),
    tests("SJFuzzTests", ["SJControl", "SJBackendCPU", "SJHarnesses"]),
  ]
)
