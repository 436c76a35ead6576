import SJCore
import SJTypes

/// Which axes of a convolution's operands are batch (`N`), feature (`C`), output and input feature of the kernel
/// (`O`, `I`); the others are spatial, by any letters: `NHWC`, `HWIO`.
public struct ConvDimensionNumbers: Sendable {
  /// The axes as (batch, feature, spatial…).
  var lhs: [Int]
  /// The axes as (output feature, input feature, spatial…).
  var rhs: [Int]
  var output: [Int]

  /// - Parameters: layouts, nil for the first axes in this order.
  public init(lhs: String?, rhs: String?, output: String?, rank: Int) throws {
    let spatial = String("DHWXYZ".prefix(Swift.max(rank - 2, 0)))
    let lhs = lhs ?? "NC" + spatial
    let order = lhs.filter { $0 != "N" && $0 != "C" }
    func axes(_ layout: String, _ first: [Character]) throws -> [Int] {
      let letters = Array(layout)
      let wanted = first + Array(order)
      guard letters.count == rank, Set(letters) == Set(wanted), Set(letters).count == rank else {
        throw SJError(
          .invalidArgument,
          "conv_general_dilated: layout '\(layout)' must have the letters \(String(wanted)) once each, for rank \(rank)")
      }
      return wanted.map { letters.firstIndex(of: $0)! }
    }
    self.lhs = try axes(lhs, ["N", "C"])
    self.rhs = try axes(rhs ?? "OI" + order, ["O", "I"])
    self.output = try axes(output ?? lhs, ["N", "C"])
  }
}

extension Lax {
  /// `jax.lax.conv_general_dilated`: convolution (without flipping, as networks have it) over the spatial axes.
  ///
  /// A composition: the elements that each place of the kernel meets, as strided slices, make matrices that one
  /// `dot_general` multiplies with the kernel (im2col); so derivatives, batching and compilation are theirs.
  /// - Parameters:
  ///   - featureGroups: groups of features that see only their own part of the kernel.
  ///   - batchGroups: groups of the batch that give different output features.
  public static func convGeneralDilated(
    _ lhs: Value, _ rhs: Value, strides: [Int], padding: WindowPadding, lhsDilation: [Int]? = nil, rhsDilation: [Int]? = nil,
    dimensions: ConvDimensionNumbers, featureGroups: Int = 1, batchGroups: Int = 1, preferredElementType: DType? = nil
  ) throws -> Value {
    let name = "conv_general_dilated"
    guard lhs.dtype == rhs.dtype, lhs.rank == rhs.rank, lhs.rank >= 2 else {
      throw SJError(.dtype, "\(name): operands must have one dtype and rank, got \(lhs.aval) and \(rhs.aval)")
    }
    let x = try transpose(lhs, dimensions.lhs)
    let kernel = try transpose(rhs, dimensions.rhs)
    try checkFeatures(name, x.aval, kernel.aval, featureGroups, batchGroups)
    let spatial = Shape(x.shape.dropFirst(2))
    let axes = try windowAxes(name, spatial, Array(kernel.shape.dropFirst(2)), strides, padding, lhsDilation, rhsDilation)
    let slices = try windowSlices(x, scalar(0, x.dtype), axes).map { try expandDims($0, [2]) }
    let patches = try concatenate(slices, dimension: 2)
    let places = axes.indices.map { axes[$0].outputSize(spatial[$0]) }
    let result = try multiplied(patches, kernel, places, featureGroups, batchGroups, preferredElementType)
    var order = Array(repeating: 0, count: lhs.rank)
    for (axis, target) in dimensions.output.enumerated() { order[target] = axis }
    return try transpose(result, order)
  }

  private static func checkFeatures(
    _ name: String, _ x: AbstractValue, _ kernel: AbstractValue, _ featureGroups: Int, _ batchGroups: Int
  ) throws {
    guard featureGroups > 0, batchGroups > 0, featureGroups == 1 || batchGroups == 1 else {
      throw SJError(
        .invalidArgument,
        "\(name): at most one of feature_group_count (\(featureGroups)) and batch_group_count (\(batchGroups)) may exceed 1")
    }
    guard x.shape[1] == kernel.shape[1] * featureGroups else {
      throw SJError(
        .invalidArgument,
        "\(name): the operand's \(x.shape[1]) features must be the kernel's \(kernel.shape[1]) input features times \(featureGroups) groups"
      )
    }
    guard kernel.shape[0] % featureGroups == 0, kernel.shape[0] % batchGroups == 0, x.shape[0] % batchGroups == 0 else {
      throw SJError(
        .invalidArgument,
        "\(name): the numbers of output features (\(kernel.shape[0])) and of the batch (\(x.shape[0])) must be divisible by the groups"
      )
    }
  }

  /// Patches [batch, features, window, places…] times the kernel [outputs, inputs, window…], group by group.
  private static func multiplied(
    _ patches: Value, _ kernel: Value, _ places: [Int], _ featureGroups: Int, _ batchGroups: Int, _ dtype: DType?
  ) throws -> Value {
    let groups = featureGroups * batchGroups
    let (batch, outputs) = (patches.shape[0] / batchGroups, kernel.shape[0])
    let (depth, count) = (kernel.shape[1] * patches.shape[2], places.reduce(1, *))
    let columns: Value =
      try featureGroups > 1
      ? transpose(reshape(patches, [batch, groups, depth, count]), [1, 0, 2, 3])
      : reshape(patches, [groups, batch, depth, count])
    let rows = try reshape(kernel, [groups, outputs / groups, depth])
    let product = try dotGeneral(
      rows, columns, DotDimensionNumbers(lhsContracting: [2], rhsContracting: [2], lhsBatch: [0], rhsBatch: [0]),
      preferredElementType: dtype)
    // [groups, outputs of a group, batch, places]
    return try reshape(transpose(product, [2, 0, 1, 3]), [batch, outputs] + places)
  }
}
