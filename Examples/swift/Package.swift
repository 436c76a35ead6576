// swift-tools-version:6.0
import PackageDescription

let swiftJAX: Target.Dependency = .product(name: "SwiftJAX", package: "SwiftJAX")

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "SwiftJAX", path: "../..")],
  targets: [
    .executableTarget(name: "tutorial", dependencies: [swiftJAX]),
    .target(name: "Regression", dependencies: [swiftJAX]),
    .executableTarget(name: "linear_regression", dependencies: [swiftJAX, "Regression"]),
    .executableTarget(name: "linear_regression_tree", dependencies: [swiftJAX, "Regression"]),
    .executableTarget(name: "digits", dependencies: [swiftJAX]),
    .executableTarget(name: "overhead", dependencies: [swiftJAX]),
  ]
)
